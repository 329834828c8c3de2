import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { readPart, show } from "../content.ts";
import { appRef } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** Most files of a list. */
const MAX_LIST = 2000;
/** Most bytes of all contents of one answer. */
const MAX_BYTES = 1024 * 1024;

/** `fazt_app_read`. */
export const readTool = defineTool({
  name: "fazt_app_read",
  title: "Read an app's files",
  description: "Without paths: the files of an app's revision. With paths: their contents.",
  input: z.strictObject({
    app: appRef,
    paths: z.array(z.string().max(4096)).min(1).max(50).optional(),
    revision: z.int().min(1).optional().describe("Default: the one that is served"),
    offset: z.int().min(0).default(0).describe("Byte to begin at, for a file read in parts"),
    maxBytes: z.int().min(1).max(MAX_BYTES).default(262_144).describe("Most bytes of each file"),
  }),
  output: z.object({
    app: z.string(),
    revision: z.number().optional(),
    total: z.number().optional().describe("Files of the revision"),
    files: z.array(z.object({ path: z.string(), size: z.number(), type: z.string() })).optional(),
    contents: z.array(z.object({
      path: z.string(),
      size: z.number(),
      type: z.string(),
      text: z.string().optional(),
      base64: z.string().optional(),
      nextOffset: z.number().optional().describe("There is more of it, from this byte"),
    })).optional(),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  untrusted: true,
  async run(caller, { app: ref, paths, revision, offset, maxBytes }) {
    const app = caller.app(ref, "read");
    const { apps } = caller.services;
    const n = revision ?? app.revision;
    const head = { app: app.name, ...(n === undefined ? {} : { revision: n }) };
    if (paths === undefined) {
      const files = apps.files(app.id, revision);
      return {
        ...head,
        total: files.length,
        files: files.slice(0, MAX_LIST).map(({ path, size, type }) => ({ path, size, type })),
      };
    }
    const contents = [];
    let left = MAX_BYTES;
    for (const path of paths) {
      const file = apps.readFile(app.id, path, revision);
      if (left <= 0) {
        await file.stream.cancel();
        throw new FaztError("TOO_LARGE", "Cannot read so much at once: over 1 MiB", {
          hint: "name fewer paths, or a smaller maxBytes",
        });
      }
      const max = Math.min(maxBytes, left);
      const { bytes, ...shown } = show(await readPart(file.stream, { offset, max }));
      left -= bytes;
      const next = offset + bytes;
      contents.push({
        path,
        size: file.size,
        type: file.type,
        ...shown,
        ...(bytes > 0 && next < file.size ? { nextOffset: next } : {}),
      });
    }
    return { ...head, contents };
  },
});
