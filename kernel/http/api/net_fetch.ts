import type { Context } from "hono";
import type { EgressResponse } from "../../egress/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { z } from "../../lib/zod.ts";
import { actorOf } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const fetchInput = z.object({
  url: z.string().max(16_384),
  method: z.string().max(32).optional(),
  headers: z.record(z.string().max(256), z.string().max(8192)).default({}),
  /** Text. */
  body: z.string().optional(),
});

/** Marks the owner's own requests in the log; no app has this id. */
const OWNER = "owner";
/** Shown of a body: an answer is held in memory whole, once as bytes and once as text. */
const MAX_BODY = 4 * MIB;

describe({
  "POST /api/net/fetch": {
    does: "Sends a request as apps do, under the same rules",
    scope: "admin",
    body: fetchInput,
    gives: "The answer, its body in base64",
    errors: { 502: "The other side did not answer as HTTP asks", 504: "It took too long" },
    unsafe: "it speaks to other machines",
  },
});

/**
 * `POST /api/net/fetch`: a request of the owner, by the way and under the rules of every app's.
 * It carries no secret: the answer shows what came back, and a server may send back what it got.
 */
export async function netFetch(
  c: Context<ApiEnv>,
  { services }: ApiServices,
): Promise<Response> {
  const { url, method, headers, body } = await readJson(c, fetchInput, 2 * MIB);
  const response = await services.egress.fetch({
    appId: OWNER,
    appName: OWNER,
    grants: new Set(["net:fetch"]),
    requestId: undefined,
    userId: actorOf(c).userId,
  }, {
    url,
    method,
    headers: Object.entries(headers),
    body: body === undefined ? undefined : new TextEncoder().encode(body),
    signal: c.req.raw.signal,
  });
  const { bytes, truncated } = await firstBytes(response.body);
  return c.json({
    data: {
      status: response.status,
      url: response.url,
      headers: response.headers,
      body: bytes.toBase64(),
      truncated,
    },
  });
}

/** The beginning of a body; the rest is cancelled, which frees its socket. */
export async function firstBytes(body: EgressResponse["body"], max = MAX_BODY) {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let room = max;
  for await (const chunk of body ?? []) {
    chunks.push(new Uint8Array(chunk.subarray(0, room)));
    room -= chunk.length;
    if (room < 0) break;
  }
  return { bytes: await new Blob(chunks).bytes(), truncated: room < 0 };
}
