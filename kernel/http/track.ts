import { EVENT_NAME, type PageSignal } from "../analytics/mod.ts";
import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";
import { checked, readBytes } from "./api/mod.ts";

/** Longest body, bytes: a path and an address. */
const MAX_BODY = 4096;

const signal = z.strictObject({
  path: z.string().max(2048).regex(/^\//, "must begin with /").optional(),
  referrer: z.string().max(2048).optional(),
  event: z.string().regex(EVENT_NAME, "must be letters, digits and _ . : / - at most 64")
    .optional(),
});

/** Answers `POST /track`: a page of the app tells what happens on it. */
export async function answerTrack(
  request: Request,
  { host, seconds, take }: {
    /** Which the request is for, with its port. */
    readonly host: string;
    /** Time the body may take. */
    readonly seconds: number;
    readonly take: (signal: PageSignal) => void;
  },
): Promise<Response> {
  try {
    if (!ownPage(request, host)) {
      throw new FaztError("FORBIDDEN", "Cannot count this: it comes from another site's page");
    }
    const bytes = await readBytes(request, MAX_BODY, { seconds });
    take(checked(signal, parse(bytes)));
    return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
  } catch (thrown) {
    const error = toFaztError(thrown);
    return Response.json({ error: error.toBody() }, {
      status: error.status,
      headers: { "cache-control": "no-store" },
    });
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new FaztError("BAD_REQUEST", "Cannot count this: the body is not JSON", {
      hint: 'send {"path": "/page"} or {"event": "name"}',
    });
  }
}

/** What browsers say of who asks; a tool says nothing, and counts as a bot anyway. */
function ownPage({ headers }: Request, host: string): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = headers.get("origin");
  return origin === null || origin.slice(origin.indexOf("://") + 3) === host;
}
