import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";

/** Positions in a module loaded from a blob URL, as V8 writes them in a stack. */
const FRAME = /blob:[^\s()]*?:(\d+):(\d+)/g;

/** A text without the frames of the bootstrap and of the runtime's own code. */
export function withoutBootstrap(text: string): string {
  if (!text.includes("\n")) return text;
  return text.split("\n")
    .filter((line) =>
      !/^\s+at .*(\[ext:|ext:|node:internal|web_worker\.rs|evalmachine\.)/.test(line)
    )
    .join("\n");
}

/**
 * Rewrites a stack so that each frame in the bundle names the app's own file, line and column;
 * frames of the bootstrap are left out. Without a usable map the frames name the bundle.
 */
export function mapStack(stack: string, sourceMap: string | undefined): string {
  let map: TraceMap | undefined;
  try {
    if (sourceMap !== undefined) map = new TraceMap(sourceMap);
  } catch { /* shown unmapped */ }
  return withoutBootstrap(stack.slice(0, 20_000)).split("\n")
    .map((line) =>
      line.replace(FRAME, (_, row, column) => {
        const place = map &&
          originalPositionFor(map, { line: Number(row), column: Number(column) - 1 });
        return place?.source
          ? `${place.source}:${place.line}:${place.column + 1}`
          : `module:${row}:${column}`;
      })
    )
    .join("\n");
}
