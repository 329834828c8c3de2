import type { AnyTool } from "../tool.ts";
import { createTool } from "./create.ts";
import { deleteTool } from "./delete.ts";
import { deployTool } from "./deploy.ts";
import { editTool } from "./edit.ts";
import { listTool } from "./list.ts";
import { logsTool } from "./logs.ts";
import { readTool } from "./read.ts";
import { rollbackTool } from "./rollback.ts";
import { runTool } from "./run.ts";
import { statusTool } from "./status.ts";
import { storageTool } from "./storage.ts";

/** Every tool, in the order in which they are used. */
export const TOOLS: readonly AnyTool[] = [
  listTool,
  createTool,
  deployTool,
  readTool,
  editTool,
  runTool,
  rollbackTool,
  deleteTool,
  logsTool,
  storageTool,
  statusTool,
];
