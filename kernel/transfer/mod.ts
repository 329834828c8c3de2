export type { ImportResult } from "./importer.ts";
export { type ExportedApp, type ImportOptions, Transfer, type TransferDeps } from "./transfer.ts";
