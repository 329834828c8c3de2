import {
  changeGrants,
  createApp,
  removeAlias,
  removeApp,
  setAlias,
  setEnv,
  updateApp,
} from "./app_operations.ts";
import { nameFolders, rollbackRevision, writeRevision } from "./deploy_operations.ts";
import { abandonImports, endImport, importApp } from "./import_operations.ts";
import { purgeStep } from "./purge_operations.ts";

/** The writes of this folder. */
export const APPS_WRITES = [
  abandonImports,
  changeGrants,
  createApp,
  endImport,
  importApp,
  purgeStep,
  removeAlias,
  removeApp,
  nameFolders,
  rollbackRevision,
  setAlias,
  setEnv,
  updateApp,
  writeRevision,
];
