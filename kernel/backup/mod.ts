export type { LastRun } from "./backup_schedule.ts";
export type { Backup } from "./backup_info.ts";
export {
  type BackupActivity,
  type BackupOverview,
  type BackupRequest,
  Backups,
  type BackupsDeps,
  type RunningBackup,
} from "./backups.ts";
export { FolderStore } from "./folder_store.ts";
export { isBackupId } from "./names.ts";
export type { Progress } from "./make_backup.ts";
export type { Proof } from "./proof.ts";
export { type Restored, restoreDatabase, type RestoreInput } from "./restore.ts";
export { verifyFile, type VerifyTask } from "./verify_file.ts";
export { chunksOf, headerOf, pack, type Packed, unpack, unpackedHash } from "./container.ts";
export { damaged } from "./header.ts";
export { assertRoom, quickCheck } from "./make_backup.ts";
export { removeScratch } from "./verify_file.ts";
export { isDatabase } from "./proof.ts";
export type { Header } from "./header.ts";
export { openStore } from "./open_store.ts";
export { type StoreSetting, storeSpec } from "./store_spec.ts";
export type { BackupStore, StoredFile } from "./store.ts";
export { findBackup, listBackups, readBackup } from "./store_files.ts";
