export type {
  AppRunner,
  AppRunState,
  CallContext,
  RealmPermissions,
  RunnableApp,
  RuntimeLimits,
} from "./app_runner.ts";
export { Supervisor } from "./supervisor.ts";
