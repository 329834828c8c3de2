import { present } from "../../http/api/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import type { Caller } from "../caller.ts";
import { deployStored } from "../deployed.ts";
import { applyEdits, type Draft, editInput } from "../edits.ts";
import { appRef, deployedShape } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** Largest file in which text is replaced, bytes. */
const MAX_TEXT = 4 * MIB;

/** `fazt_app_edit`. */
export const editTool = defineTool({
  name: "fazt_app_edit",
  title: "Edit an app",
  description: "Changes files of an app and puts the result online as its next revision; every " +
    "other file stays. An edit replaces text in a file, writes a whole file, removes or renames " +
    "it. All edits happen or none. Fails when somebody deployed meanwhile.",
  input: z.strictObject({
    app: appRef,
    edits: z.array(editInput).min(1).max(500),
    revision: z.int().min(1).optional().describe(
      "The revision you read; the edit fails when another one is served",
    ),
    message: z.string().max(1000).optional().describe("A note on this revision"),
    preview: z.boolean().optional().describe("Only preview it; visitors keep what they have"),
  }),
  output: deployedShape,
  annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  async run(caller, { app: ref, edits, revision, message, preview }) {
    const app = caller.app(ref, "deploy");
    if (app.revision === undefined) {
      throw new FaztError("NOT_FOUND", `Cannot edit ${app.name}: nothing was deployed to it yet`, {
        hint: "fazt_app_deploy puts its first files online",
      });
    }
    const base = revision ?? app.revision;
    const files = new Map<string, Draft>(
      caller.services.apps.files(app.id, base).map(({ path, cid, size }) => [path, { cid, size }]),
    );
    await applyEdits(files, { edits, readText: (path, draft) => textOf(caller, path, draft) });
    const stored = [];
    for (const [path, draft] of files) {
      const blob = "bytes" in draft ? await caller.services.vfs.putBytes(draft.bytes) : draft;
      stored.push({ path, cid: blob.cid, size: blob.size });
    }
    return await deployStored(caller, {
      app: app.id,
      ...(preview ? {} : { base }),
      ...present({ message, preview }),
      files: stored,
    });
  },
});

function textOf({ services }: Caller, path: string, draft: Draft): Promise<string> {
  const size = "bytes" in draft ? draft.bytes.length : draft.size;
  const refuse = (why: string) =>
    new FaztError("INVALID", `Cannot replace text in ${JSON.stringify(path)}: ${why}`, {
      hint: "write the whole file with text or base64",
    });
  if (size > MAX_TEXT) throw refuse("it is over 4 MiB");
  const bytes = "bytes" in draft ? draft.bytes : services.vfs.read(draft.cid);
  if (bytes === undefined) throw refuse("its content is gone");
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return Promise.resolve(decoder.decode(bytes));
  } catch {
    throw refuse("it is not text in UTF-8");
  }
}
