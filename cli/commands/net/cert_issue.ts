import type { CertificateInfo } from "../../api_types.ts";
import { certificateLines } from "../../certificate_lines.ts";
import { TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";

interface Trial {
  readonly name: string;
  readonly directory: string;
  readonly ms: number;
}

/** `fazt net cert issue`. */
export const command = defineCommand({
  name: "net cert issue",
  summary: "Get a certificate now, before the first visit; --dry-run only tries",
  group: "addresses",
  args: ["<name>"],
  flags: { "dry-run": "prove the name to the authority's place for trials; nothing is kept" },
  examples: ["net cert issue blog.example.com --dry-run", "net cert issue blog.example.com"],
  async run({ args, flags, api, out }) {
    const dryRun = flags["dry-run"] ?? false;
    out.message(`asking for ${args.name}; this may take a minute`);
    const options = { timeoutMs: TRANSFER_MS, json: { name: args.name, dryRun } };
    if (dryRun) {
      const trial = await api.call<Trial>("POST", "/api/certificates", options);
      return out.result(trial, () => [
        `${trial.name} can have a certificate: ${trial.directory} took the proof in ${trial.ms} ms`,
        `fazt net cert issue ${trial.name}`,
      ]);
    }
    const one = await api.call<CertificateInfo>("POST", "/api/certificates", options);
    out.result(one, () => certificateLines(one));
  },
});
