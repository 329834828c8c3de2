export { type KvItem, type KvPut, KvStore } from "./kv.ts";
export { kvSyscalls } from "./kv_syscalls.ts";
