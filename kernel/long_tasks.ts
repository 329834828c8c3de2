// The worker of what takes seconds and blocks its thread: each run has one of its own.
import { BACKUP_TASKS } from "./backup/tasks.ts";
import { serveTasks } from "./lib/task_worker.ts";
import { TRANSFER_TASKS } from "./transfer/tasks.ts";

serveTasks({ ...BACKUP_TASKS, ...TRANSFER_TASKS });
