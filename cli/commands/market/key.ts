import { defineCommand } from "../../command.ts";
import { signingKey } from "../../signing_key.ts";

/** `fazt market key`. */
export const command = defineCommand({
  name: "market key",
  summary: "Show the key that app sign signs with; make one where there is none",
  group: "apps",
  local: "it shows the key of this machine",
  flags: { key: "the file of the key, instead of the one beside the local database" },
  examples: ["market key", "market key --key ~/keys/acme.pem"],
  async run(ctx) {
    const { key, file, created } = await signingKey(ctx, { create: true });
    ctx.out.result({ key, file, created }, () => [
      key,
      `${created ? "Made" : "It is"} in ${file}: keep a copy, and give it to nobody`,
      `Others trust it with: fazt market add SOURCE --key ${key}`,
    ]);
  },
});
