export { type Caller, type CallerIsolate, type Syscall, syscall, SyscallTable } from "./table.ts";
