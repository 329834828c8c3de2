export {
  type Authorizer,
  Connection,
  type Row,
  SQL_ACTION,
  type SqlFunction,
  type SqlLimits,
  type SqlStatement,
  type SqlValue,
} from "./connection.ts";
export { Database, type DatabaseOptions } from "./database.ts";
export type { QueryOptions } from "./query_pool.ts";
export { type AnyOperation, type Operation, operation } from "./operation.ts";
export { type FileLock, lockFile } from "./lock_file.ts";
export { migrate, newestLevel, schemaLevel, snapshotDatabase } from "./migrate.ts";
export { serveOperations, type WorkerScope } from "./worker_loop.ts";
export { checkDatabase, DB_LONG_READS } from "./maintenance.ts";
