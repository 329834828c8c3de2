import type { Task } from "../lib/task_worker.ts";
import { makeBackup } from "./make_backup.ts";
import { verifyFile } from "./verify_file.ts";

/** What a worker of its own does for backups. */
export const BACKUP_TASKS: Readonly<Record<string, Task>> = {
  "backup.make": makeBackup,
  "backup.verify": verifyFile,
};
