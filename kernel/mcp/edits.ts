import { vfsPath } from "../fs/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";
import { bytesOf } from "./content.ts";
import { contentInput } from "./shapes.ts";

/** One change of one file. */
export const editInput = z.strictObject({
  path: z.string().max(4096),
  replace: z.array(z.strictObject({
    find: z.string().min(1).describe("Exact text, with its spaces; it has to be there once"),
    with: z.string(),
    all: z.boolean().optional().describe("Replace it wherever it is"),
  })).min(1).max(100).optional(),
  ...contentInput,
  remove: z.literal(true).optional().describe("Leave the file out of the new revision"),
  rename: z.string().max(4096).optional().describe("Its new path"),
});

/** See {@link editInput}. */
export type Edit = z.output<typeof editInput>;

/** A file of the revision that is made: content that is stored, or new. */
export type Draft = { readonly cid: string; readonly size: number } | {
  readonly bytes: Uint8Array;
};

/** Reads the text of a file that is stored. */
export type ReadText = (path: string, draft: Draft) => Promise<string>;

/**
 * Applies edits in their order.
 * @param files by path; it is changed
 * @throws {FaztError} `INVALID`, `NOT_FOUND`, `PATH_INVALID`; then `files` is not to be used.
 */
export async function applyEdits(
  files: Map<string, Draft>,
  { edits, readText }: { readonly edits: readonly Edit[]; readonly readText: ReadText },
): Promise<void> {
  for (const edit of edits) {
    const path = vfsPath(edit.path);
    const kinds = [edit.replace, edit.text, edit.base64, edit.remove, edit.rename]
      .filter((kind) => kind !== undefined);
    if (kinds.length !== 1) {
      throw new FaztError("INVALID", `Cannot edit ${quote(path)}: each edit is one change`, {
        hint: "give one of replace, text, base64, remove and rename; several edits may follow",
      });
    }
    if (edit.text !== undefined || edit.base64 !== undefined) {
      files.set(path, { bytes: bytesOf(edit) });
      continue;
    }
    const draft = files.get(path);
    if (draft === undefined) {
      throw new FaztError("NOT_FOUND", `There is no file ${quote(path)} to edit`, {
        hint: "fazt_app_read without paths lists the files; an edit with text makes a new one",
      });
    }
    if (edit.replace !== undefined) {
      const text = edit.replace.reduce(
        (before, change) => replaced(before, { path, ...change }),
        await readText(path, draft),
      );
      files.set(path, { bytes: new TextEncoder().encode(text) });
      continue;
    }
    files.delete(path);
    if (edit.rename === undefined) continue;
    const to = vfsPath(edit.rename);
    if (files.has(to)) {
      throw new FaztError("CONFLICT", `Cannot rename ${quote(path)}: ${quote(to)} is there`, {
        hint: "remove that file first",
      });
    }
    files.set(to, draft);
  }
}

function replaced(
  text: string,
  { path, find, with: next, all = false }: {
    readonly path: string;
    readonly find: string;
    readonly with: string;
    readonly all?: boolean | undefined;
  },
): string {
  const parts = text.split(find);
  const found = parts.length - 1;
  if (found === 1 || (all && found > 0)) return parts.join(next);
  const what = quote(find.slice(0, 120));
  throw new FaztError(
    "INVALID",
    found === 0
      ? `Cannot edit ${quote(path)}: ${what} is not in it`
      : `Cannot edit ${quote(path)}: ${what} is in it ${found} times`,
    {
      hint: found === 0
        ? "read the file with fazt_app_read and copy the text exactly, spaces and line ends too"
        : "give more of the text around it, or all: true",
      details: { path, found },
    },
  );
}

const quote = (text: string) => JSON.stringify(text);
