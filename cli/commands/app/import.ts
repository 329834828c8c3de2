import { statSync } from "node:fs";
import { resolve } from "node:path";
import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import type { ImportResult } from "../../api_types.ts";
import { TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { count, styled } from "../../format.ts";
import { queryOf } from "../../query.ts";

/** `fazt app import`. */
export const command = defineCommand({
  name: "app import",
  summary: "Make an app of a file that app export wrote",
  group: "revisions",
  args: ["<FILE>"],
  flags: {
    name: "another name than it had",
    approve: "approve every permission it asks for",
  },
  examples: ["app import blog.fazt", "app import blog.fazt --name blog-copy --approve"],
  async run({ args, flags, api, out, io }) {
    const file = resolve(io.cwd, args.FILE);
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined) {
      throw new FaztError("NOT_FOUND", `There is no file ${file}`, { hint: "fazt app export APP" });
    }
    out.status(`sending ${formatBytes(size)}`);
    const query = queryOf({ name: flags.name, approve: flags.approve ? "1" : undefined });
    const done = await api.call<ImportResult>("POST", `/api/apps/import${query}`, {
      body: async () => (await Deno.open(file)).readable,
      headers: { "content-type": "application/octet-stream" },
      timeoutMs: TRANSFER_MS,
    }).finally(() => out.status(""));
    const { app, originId, revisions, rows, left, warnings } = done;
    for (const warning of warnings) out.message([styled("yellow", "warning: "), warning]);
    if (left.length > 0) out.message(`Not in the file, to be set again: ${left.join(", ")}`);
    if (app.grants.pending.length > 0) {
      out.message(
        `It asks for ${app.grants.pending.join(", ")}: fazt app grants approve ${app.name}`,
      );
    }
    out.result(done, () => [
      `${app.name} is at ${app.url} (${count(revisions, "revision")}, ${count(rows, "row")})`,
      app.id === originId ? `It keeps its id ${app.id}` : `Its id is ${app.id}, it was ${originId}`,
    ]);
  },
});
