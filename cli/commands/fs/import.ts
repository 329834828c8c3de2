import { basename, resolve } from "node:path";
import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import type { Pin } from "../../api_types.ts";
import { TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { pinLines, pinsPath } from "../../pin_lines.ts";
import { queryOf } from "../../query.ts";

/** `fazt fs import`. */
export const command = defineCommand({
  name: "fs import",
  summary: "Take in what a CAR holds, check every block, and keep it under its cid",
  group: "data",
  args: ["<file>"],
  flags: {
    app: "belongs to this app (default: to you)",
    name: "what to call it (default: the file's name)",
    private: "do not serve it at /ipfs/",
  },
  examples: ["fs import photos.car", "fs import photos.car --app blog --private"],
  async run({ args, flags, api, out, io }) {
    const file = resolve(io.cwd, args.file);
    await Deno.stat(file).catch(() => {
      throw new FaztError("NOT_FOUND", `Cannot read ${args.file}: there is no such file`, {
        hint: "ipfs-car pack FOLDER makes a CAR",
      });
    });
    const query = queryOf({
      name: flags.name ?? basename(file, ".car"),
      public: flags.private ? "false" : undefined,
    });
    const pin = await api.call<Pin>("POST", `${pinsPath(flags.app)}/car${query}`, {
      body: async () => (await Deno.open(file)).readable,
      headers: { "content-type": "application/vnd.ipld.car" },
      timeoutMs: TRANSFER_MS,
    });
    out.result(pin, () => pinLines(pin));
  },
});
