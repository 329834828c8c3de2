import type { CertificateInfo } from "../../api_types.ts";
import { certificateLines } from "../../certificate_lines.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt net cert info`. */
export const command = defineCommand({
  name: "net cert info",
  summary: "Show one certificate; --print writes its chain as PEM",
  group: "addresses",
  args: ["<name>"],
  flags: { print: "the chain as PEM, on stdout" },
  examples: [
    "net cert info blog.example.com",
    "net cert info blog.example.com --print > chain.pem",
  ],
  async run({ args, flags, api, out }) {
    type Info = CertificateInfo & { readonly chain: string };
    const one = await api.get<Info>(apiPath`/api/certificates/${args.name}`);
    if (flags.print && !out.json) return out.bytes(new TextEncoder().encode(one.chain));
    out.result(one, () => certificateLines(one));
  },
});
