import { TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { EXIT } from "../../exit_code.ts";
import { styled } from "../../format.ts";
import { readText } from "../../read_text.ts";
import { readHeader } from "../../request_input.ts";
import { usageError } from "../../usage_error.ts";

/** The answer of `POST /api/net/fetch`; the body is base64. */
interface FetchAnswer {
  readonly status: number;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly truncated: boolean;
}

/** `fazt net fetch`. */
export const command = defineCommand({
  name: "net fetch",
  summary: "Send a request from the node, under the rules of apps, and print the answer's body",
  group: "egress",
  args: ["<METHOD|URL>", "[URL]"],
  flags: {
    data: "request body; @FILE reads a file, @- stdin",
    header: "request header, as often as needed",
  },
  examples: [
    "net fetch https://api.example.com/v1/things",
    "net fetch POST https://api.example.com/v1/things -d '{\"a\":1}' -H content-type:application/json",
  ],
  async run({ args, flags, api, out, io }) {
    const { method, url } = target(args["METHOD|URL"], args.URL, flags.data !== undefined);
    const answer = await api.call<FetchAnswer>("POST", "/api/net/fetch", {
      timeoutMs: TRANSFER_MS,
      json: {
        url,
        method,
        headers: Object.fromEntries((flags.header ?? []).map(readHeader)),
        ...flags.data === undefined ? {} : { body: await readText(flags.data, io, "send text") },
      },
    });
    const ok = answer.status < 400;
    if (out.json) {
      out.result(answer, () => []);
    } else {
      out.message([styled(ok ? "green" : "red", String(answer.status)), ` from ${answer.url}`]);
      if (answer.truncated) out.message([styled("yellow", "warning: "), "the body was longer"]);
      out.bytes(Uint8Array.fromBase64(answer.body));
    }
    return ok ? EXIT.ok : EXIT.failed;
  },
});

/** The method may be left out: only a URL has `://` in it. */
function target(first: string, second: string | undefined, hasBody: boolean) {
  if (!first.includes("://")) {
    if (second !== undefined) return { method: first.toUpperCase(), url: second };
    throw usageError(`Cannot send a request to "${first}"`, "write the URL with https://");
  }
  if (second === undefined) return { method: hasBody ? "POST" : "GET", url: first };
  throw usageError(`Cannot fetch both ${first} and ${second}`, "METHOD stands first");
}
