import { type Insertion, LINES_BEFORE } from "./program.ts";

/** A place in a script an isolate compiled, as V8 writes it. */
const PLACE = /blob:null\/app:(\d+):(\d+)/g;
const FRAME = /^\s+at .*blob:null\/app:(\d+):(\d+)\)?$/;
const MAX_STACK = 10_000;

/** A place in the code; both start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The place in the code that belongs to one in its script. */
export function positionIn(row: number, column: number, inserted?: Insertion): Position {
  const line = Math.max(1, row - LINES_BEFORE);
  if (inserted?.line !== line || column < inserted.column) return { line, column };
  return { line, column: Math.max(inserted.column, column - inserted.length) };
}

/** A text of an isolate in which places name the code as it was written, such as `code:3:7`. */
export function withPositions(text: string, inserted?: Insertion): string {
  return text.replace(PLACE, (_, row, column) => {
    const place = positionIn(Number(row), Number(column), inserted);
    return `code:${place.line}:${place.column}`;
  });
}

/**
 * A stack in terms of the code: its frames only, and where the first of them is. `message` is what
 * the stack begins with; a message that looks like a frame is not taken for one.
 */
export function readStack(
  { message, stack }: { readonly message: string; readonly stack: string },
  inserted?: Insertion,
): { readonly stack: string; readonly position: Position | undefined } {
  const text = stack.slice(0, MAX_STACK);
  const frames = (text.startsWith(message) ? text.slice(message.length) : text)
    .split("\n").filter((line) => FRAME.test(line));
  const [, row, column] = FRAME.exec(frames[0] ?? "") ?? [];
  return {
    stack: [message, ...frames.map((frame) => withPositions(frame, inserted))].join("\n"),
    position: row === undefined ? undefined : positionIn(Number(row), Number(column), inserted),
  };
}
