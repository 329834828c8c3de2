import { removeAlias, setAlias, swapAliases } from "./alias_operations.ts";
import {
  changeGrants,
  createApp,
  removeApp,
  restoreApp,
  setEnv,
  updateApp,
} from "./app_operations.ts";
import { patchFiles } from "./diff_operations.ts";
import { nameFolders, recordSource, rollbackRevision, writeRevision } from "./deploy_operations.ts";
import { abandonForks, beginFork, finishFork, forkFiles, forkStorage } from "./fork_operations.ts";
import {
  closePreview,
  expirePreviews,
  openPreview,
  promoteRevision,
} from "./preview_operations.ts";
import { abandonImports, endImport, importApp } from "./import_operations.ts";
import { purgeStep } from "./purge_operations.ts";

/** The writes of this folder. */
export const APPS_WRITES = [
  abandonImports,
  changeGrants,
  abandonForks,
  beginFork,
  closePreview,
  createApp,
  endImport,
  importApp,
  finishFork,
  forkFiles,
  forkStorage,
  expirePreviews,
  openPreview,
  promoteRevision,
  purgeStep,
  removeAlias,
  removeApp,
  nameFolders,
  recordSource,
  restoreApp,
  rollbackRevision,
  setAlias,
  setEnv,
  swapAliases,
  updateApp,
  writeRevision,
];

/** The long reads of this folder. */
export const APPS_LONG_READS = [patchFiles];
