import type { SqlStatement } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { findUnboundedLoop, type Instruction } from "./bytecode.ts";
import type { Catalogue } from "./catalogue.ts";
import { TICK } from "./ddl.ts";

/**
 * Checks that what SQLite made of an app's statement opens nothing but the app's own tables.
 * @throws {FaztError} `FORBIDDEN`.
 */
export function checkTables(program: readonly Instruction[], catalogue: Catalogue): void {
  const foreign = program.some(({ opcode, p2, p3 }) =>
    (opcode === "OpenRead" || opcode === "OpenWrite") && (p3 !== 0 || !catalogue.roots.has(p2))
  );
  if (!foreign) return;
  throw new FaztError("FORBIDDEN", "Cannot run this statement: it reads what is not the app's");
}

/**
 * Checks that what SQLite made of a statement ends.
 * @throws {FaztError} `TOO_LARGE`.
 */
export function checkLoops(program: readonly Instruction[]): void {
  // Behind the program stand those of the triggers, which are the kernel's own.
  const end = program.findIndex((op, i) => i > 0 && op.addr === 0);
  if (findUnboundedLoop(end < 0 ? program : program.slice(0, end), TICK) === undefined) return;
  throw new FaztError(
    "TOO_LARGE",
    "Cannot run this statement: it has a loop that may go on without visiting a row of a table",
    {
      hint: "parts that are no tables (subqueries, lists, recursion) cannot be joined with each " +
        `other as they are: put "AND ${TICK}(x)" into their condition, x a column of the inner`,
    },
  );
}

/** What an `EXPLAIN` says. */
export function readProgram(explain: SqlStatement): Instruction[] {
  // Rows of a raw statement are arrays: addr, opcode, p1, p2, p3, p4, p5, comment.
  const lines = explain.all() as unknown as (string | bigint | null)[][];
  return lines.map(([addr, opcode, p1, p2, p3, p4]) => ({
    addr: Number(addr),
    opcode: String(opcode),
    p1: Number(p1),
    p2: Number(p2),
    p3: Number(p3),
    p4: p4 === null ? null : String(p4),
  }));
}
