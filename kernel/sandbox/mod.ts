export {
  type ExecInput,
  type ExecResult,
  Sandboxes,
  type SandboxOwner,
  type ValidateResult,
} from "./sandboxes.ts";
export { execShape, sandboxSyscalls } from "./sandbox_syscalls.ts";
