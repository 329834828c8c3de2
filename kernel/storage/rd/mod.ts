export type { Table } from "./catalogue.ts";
export type { Change, Rows } from "./confined.ts";
export { type MigrationInput, RdStore } from "./rd.ts";
export { rdSyscalls } from "./rd_syscalls.ts";
export type { ColumnType, TableSchema } from "./schema.ts";
