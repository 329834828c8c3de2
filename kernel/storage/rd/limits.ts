import type { SqlLimits } from "../../db/mod.ts";
import { MIB } from "../../lib/bytes.ts";

/** Bounds for text that is not the kernel's own: a row is a mebibyte at most. */
export const LIMITS: SqlLimits = {
  length: MIB,
  sqlLength: 200_000,
  column: 500,
  exprDepth: 100,
  compoundSelect: 20,
  vdbeOp: 10_000,
  functionArg: 32,
  attach: 0,
  variableNumber: 100,
  triggerDepth: 4,
};

/** The longest statement. */
export const MAX_SQL = 100_000;
