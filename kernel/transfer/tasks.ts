import type { Task } from "../lib/task_worker.ts";
import { exportApp } from "./export_app.ts";
import { openApp, readChunk, readRows } from "./read_app.ts";

/** What a worker of its own does to move apps. */
export const TRANSFER_TASKS: Readonly<Record<string, Task>> = {
  "transfer.export": exportApp,
  "transfer.open": openApp,
  "transfer.rows": readRows,
  "transfer.chunk": readChunk,
};
