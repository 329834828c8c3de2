import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { type Connection, operation } from "../db/mod.ts";

/** Largest file whose text is compared, bytes. */
const MAX_FILE_BYTES = 512 * 1024;
/** Files whose text is compared, and the text of all patches together. */
const MAX_FILES = 200;
const MAX_PATCH_CHARS = 1_000_000;
/** Time one file, and all of them, may take, ms: the same worker sweeps and searches. */
const FILE_MS = 300;
const ALL_MS = 3000;
const CONTEXT_LINES = 3;

/** One file to compare; a side without it has no cid. */
export interface PatchInput {
  readonly path: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The text that differs in one file, or why it is not shown. */
export interface TextPatch {
  readonly path: string;
  /** Unified diff. */
  readonly patch?: string;
  readonly omitted?: "binary" | "too large" | "too different" | "too much";
}

/** Long read: unified diffs of text files, within bounds of size and time. */
export const patchFiles = operation(
  "apps.patch",
  (db, p: { readonly files: readonly PatchInput[] }): TextPatch[] => {
    const end = performance.now() + ALL_MS;
    let chars = 0;
    return p.files.map(({ path, from, to }, i): TextPatch => {
      if (i >= MAX_FILES || chars >= MAX_PATCH_CHARS || performance.now() > end) {
        return { path, omitted: "too much" };
      }
      const before = textOf(db, from);
      const after = textOf(db, to);
      if (typeof before === "object") return { path, ...before };
      if (typeof after === "object") return { path, ...after };
      const patch = createTwoFilesPatch(
        from === undefined ? "/dev/null" : `a/${path}`,
        to === undefined ? "/dev/null" : `b/${path}`,
        before,
        after,
        undefined,
        undefined,
        { context: CONTEXT_LINES, timeout: FILE_MS, headerOptions: FILE_HEADERS_ONLY },
      );
      if (patch === undefined) return { path, omitted: "too different" };
      if (chars + patch.length > MAX_PATCH_CHARS) return { path, omitted: "too much" };
      chars += patch.length;
      return { path, patch };
    });
  },
);

function textOf(
  db: Connection,
  cid: string | undefined,
): string | { readonly omitted: "binary" | "too large" } {
  if (cid === undefined) return "";
  const size = db.get<{ size: number }>("SELECT size FROM blobs WHERE cid = ?", cid)?.size ?? 0;
  if (size > MAX_FILE_BYTES) return { omitted: "too large" };
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    const text = db.all<{ bytes: Uint8Array }>(
      "SELECT bytes FROM chunks WHERE cid = ? ORDER BY n",
      cid,
    ).map(({ bytes }) => decoder.decode(bytes, { stream: true })).join("") + decoder.decode();
    return text.includes("\0") ? { omitted: "binary" } : text;
  } catch {
    return { omitted: "binary" };
  }
}
