import {
  changeGrants,
  createApp,
  removeAlias,
  removeApp,
  setAlias,
  setEnv,
  updateApp,
} from "./app_operations.ts";
import { rollbackRevision, writeRevision } from "./deploy_operations.ts";
import { purgeStep } from "./purge_operations.ts";

/** The writes of this folder. */
export const APPS_WRITES = [
  changeGrants,
  createApp,
  purgeStep,
  removeAlias,
  removeApp,
  rollbackRevision,
  setAlias,
  setEnv,
  updateApp,
  writeRevision,
];
