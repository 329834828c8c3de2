export { type Caller, type Syscall, syscall, SyscallTable } from "./table.ts";
