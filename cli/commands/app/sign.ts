import { join, resolve } from "node:path";
import { sha256, sign, SIGNATURE_FILE } from "../../../kernel/sources/mod.ts";
import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";
import { signingKey } from "../../signing_key.ts";
import { walk } from "../../walk.ts";

/** `fazt app sign`. */
export const command = defineCommand({
  name: "app sign",
  summary: "Sign the folder of an app, so that nodes can tell whose it is",
  group: "apps",
  local: "it signs a folder on this machine",
  args: ["<folder>"],
  flags: { key: "the file of the key, instead of the one beside the local database" },
  examples: ["app sign ./notes", "app sign ./notes --key ~/keys/acme.pem"],
  async run(ctx) {
    const folder = resolve(ctx.io.cwd, ctx.args.folder);
    const { files } = await walk(folder, ctx.signal);
    const { pair, key } = await signingKey(ctx, { create: false });
    const signed = await Promise.all(
      files.filter(({ path }) => path !== SIGNATURE_FILE).map(async ({ path, source }) => {
        const bytes = await Deno.readFile(source);
        return { path, size: bytes.length, sha256: sha256(bytes) };
      }),
    );
    const file = join(folder, SIGNATURE_FILE);
    await Deno.writeTextFile(file, await sign(signed, pair));
    ctx.out.result({ file, key, files: signed.length }, () => [
      `Signed ${count(signed.length, "file")} with ${key}`,
      `Commit ${file} with them; sign again after every change`,
    ]);
  },
});
