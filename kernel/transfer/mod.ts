export type { ImportResult } from "./importer.ts";
export { NUMBERED_TABLES, type NumberedTables } from "./numbered_tables.ts";
export { type ExportedApp, type ImportOptions, Transfer, type TransferDeps } from "./transfer.ts";
