import { formatDuration } from "../../../kernel/lib/duration.ts";
import { apiPath, TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { EXIT } from "../../exit_code.ts";
import { styled } from "../../format.ts";
import { readText } from "../../read_text.ts";
import { readHeader } from "../../request_input.ts";
import { usageError } from "../../usage_error.ts";

/** The answer of an app; the body is base64. */
interface RunAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly ms: number;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const BYTES_HINT = "send bytes to the app's own address, such as with curl --data-binary";

/** `fazt app run`. */
export const command = defineCommand({
  name: "app run",
  summary: "Call an app's server code as a request would and print its answer",
  group: "apps",
  args: ["<app>", "[METHOD]", "[path]"],
  flags: {
    data: "request body; @FILE reads a file, @- stdin",
    header: "request header, as often as needed",
    user: "id of the person the app shall take the caller for",
  },
  examples: [
    "app run notes /api/list",
    'app run notes POST /api/add -d \'{"text":"hi"}\' -H content-type:application/json',
  ],
  async run(ctx) {
    const { args, flags, api, out, io } = ctx;
    const { method, path } = target(args.METHOD, args.path, flags.data !== undefined);
    const answer = await api.call<RunAnswer>(
      "POST",
      apiPath`/api/apps/${await ctx.appRef(args.app)}/run`,
      {
        timeoutMs: TRANSFER_MS,
        json: {
          method,
          path,
          headers: Object.fromEntries((flags.header ?? []).map(readHeader)),
          ...flags.user === undefined ? {} : { user: flags.user },
          ...flags.data === undefined ? {} : { body: await readText(flags.data, io, BYTES_HINT) },
        },
      },
    );
    const ok = answer.status < 400;
    if (out.json) {
      out.result(answer, () => []);
    } else {
      const status = styled(ok ? "green" : "red", String(answer.status));
      out.message([status, ` in ${formatDuration(answer.ms)}`]);
      out.bytes(Uint8Array.fromBase64(answer.body));
    }
    return ok ? EXIT.ok : EXIT.failed;
  },
});

/** The method may be left out: a path starts with a slash. */
function target(first: string | undefined, second: string | undefined, hasBody: boolean) {
  const otherwise = hasBody ? "POST" : "GET";
  if (first === undefined) return { method: otherwise, path: "/api" };
  if (first.startsWith("/")) {
    if (second === undefined) return { method: otherwise, path: first };
    throw usageError(`Cannot call two paths: ${first} and ${second}`, "METHOD stands first");
  }
  const method = first.toUpperCase();
  if (!METHODS.includes(method)) {
    throw usageError(
      `There is no method "${first}"`,
      `use ${METHODS.join(", ")}; a path starts with /`,
    );
  }
  const path = second ?? "/api";
  if (!path.startsWith("/")) throw usageError(`Cannot call "${path}"`, "a path starts with /");
  return { method, path };
}
