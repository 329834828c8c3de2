export type {
  AppRunner,
  AppRunState,
  AppTask,
  CallContext,
  RealmPermissions,
  RunnableApp,
  RuntimeLimits,
  TaskResult,
  TrafficMeter,
} from "./app_runner.ts";
export type {
  CodeFault,
  SandboxFailure,
  SandboxLine,
  SandboxRequest,
  SandboxResult,
} from "./sandbox_run.ts";
export { Supervisor } from "./supervisor.ts";
