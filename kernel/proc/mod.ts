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
export { Supervisor } from "./supervisor.ts";
