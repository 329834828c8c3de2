export { type AliasRow, HostTable, type Target } from "./hosts.ts";
export { RESERVED_LABELS } from "./reserved_labels.ts";
