import type { CertificateSecret } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { usageError } from "../../usage_error.ts";

const FIELDS: Readonly<Record<string, CertificateSecret>> = {
  eab: "eabKey",
  tsig: "tsigKey",
  cloudflare: "cloudflareToken",
};

/** `fazt net cert secret`. */
export const command = defineCommand({
  name: "net cert secret",
  summary: "Keep what an authority or a DNS service wants to see before it believes the node",
  group: "addresses",
  args: ["<eab|tsig|cloudflare>"],
  flags: { remove: "forget it", value: "the secret itself (default: asked for, or stdin)" },
  examples: [
    "net cert secret tsig < key.txt",
    "net cert secret cloudflare",
    "net cert secret eab --remove",
  ],
  async run({ args, flags, api, out, prompt }) {
    const which = args["eab|tsig|cloudflare"];
    const field = Object.hasOwn(FIELDS, which) ? FIELDS[which] : undefined;
    if (field === undefined) {
      throw usageError(`Cannot keep "${which}"`, "fazt net cert secret eab, tsig or cloudflare");
    }
    const value = flags.remove ? null : flags.value ?? await prompt.secret(`The ${which} secret`);
    if (value === undefined) {
      throw usageError(
        `Cannot keep the ${which} secret: none was given`,
        "pipe it in or add --value",
      );
    }
    const kept = await api.put<unknown>("/api/certificates/secrets", { [field]: value });
    out.result(kept, () => [`the ${which} secret is ${value === null ? "forgotten" : "kept"}`]);
  },
});
