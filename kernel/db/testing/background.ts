import { serveOperations, type WorkerScope } from "../mod.ts";
import { DB_LONG_READS } from "../maintenance.ts";
import { TEST_OPERATIONS } from "./operations.ts";

serveOperations(self as unknown as WorkerScope, "background", [
  ...TEST_OPERATIONS,
  ...DB_LONG_READS,
]);
