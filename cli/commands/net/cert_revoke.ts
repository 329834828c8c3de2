import type { CertificateInfo } from "../../api_types.ts";
import { apiPath, TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";

interface Revoked {
  readonly name: string;
  readonly revokedAt: number;
  readonly replaced: CertificateInfo | null;
}

/** `fazt net cert revoke`. */
export const command = defineCommand({
  name: "net cert revoke",
  summary: "Revoke a certificate, as when its key may be known, and get another one",
  group: "addresses",
  args: ["<name>"],
  flags: { reason: "unspecified, keyCompromise, superseded or cessationOfOperation" },
  examples: ["net cert revoke blog.example.com --reason keyCompromise"],
  async run({ args, flags, api, out, prompt }) {
    await prompt.agree(`Revoke the certificate of ${args.name}? This cannot be undone.`);
    const revoked = await api.call<Revoked>(
      "POST",
      apiPath`/api/certificates/${args.name}/revoke`,
      {
        timeoutMs: TRANSFER_MS,
        json: flags.reason === undefined ? {} : { reason: flags.reason },
      },
    );
    out.result(revoked, () => [
      `the certificate of ${revoked.name} is revoked`,
      revoked.replaced === null
        ? "there is no other one yet: fazt net cert list says why"
        : `another one is served: ${revoked.replaced.serial}`,
    ]);
  },
});
