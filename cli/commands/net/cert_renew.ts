import type { CertificateInfo } from "../../api_types.ts";
import { certificateLines } from "../../certificate_lines.ts";
import { apiPath, TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt net cert renew`. */
export const command = defineCommand({
  name: "net cert renew",
  summary: "Renew a certificate now, whatever failed before",
  group: "addresses",
  args: ["<name>"],
  examples: ["net cert renew blog.example.com"],
  async run({ args, api, out }) {
    out.message(`renewing ${args.name}; this may take a minute`);
    const path = apiPath`/api/certificates/${args.name}/renew`;
    const one = await api.call<CertificateInfo>("POST", path, { timeoutMs: TRANSFER_MS });
    out.result(one, () => certificateLines(one));
  },
});
