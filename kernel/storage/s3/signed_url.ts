import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "../../lib/zod.ts";

/** Where signed addresses begin, on every app's own host. */
export const SIGNED_PATH = "/_fazt/s3/";

/** What a signed address allows whoever has it. */
export interface Ticket {
  readonly method: "GET" | "PUT";
  readonly appId: string;
  readonly userId: string;
  readonly path: string;
  /** Unix ms. */
  readonly expiresAt: number;
  /** How a browser shall take it: as a file (of this name), in its window, or by its type. */
  readonly download?: string | boolean | undefined;
  /** The largest upload, bytes. */
  readonly maxBytes?: number | undefined;
  /** What an upload must be. */
  readonly type?: string | undefined;
}

const MAX_TOKEN = 8192;
const TICKET = z.object({
  method: z.enum(["GET", "PUT"]),
  appId: z.string(),
  userId: z.string(),
  path: z.string(),
  expiresAt: z.number(),
  download: z.union([z.string(), z.boolean()]).optional(),
  maxBytes: z.number().optional(),
  type: z.string().optional(),
});

/** A ticket and its HMAC-SHA-256 as one part of a path. */
export function mintToken(key: Uint8Array, ticket: Ticket): string {
  const payload = Buffer.from(JSON.stringify(ticket)).toString("base64url");
  return `${payload}.${macOf(key, payload).toString("base64url")}`;
}

/** The ticket of a token, or undefined: not one of ours, changed, for another app, or expired. */
export function readToken(
  key: Uint8Array,
  token: string,
  { appId, now }: { readonly appId: string; readonly now: number },
): Ticket | undefined {
  const match = token.length > MAX_TOKEN ? null : /^([\w-]+)\.([\w-]{43})$/.exec(token);
  if (match === null) return undefined;
  const given = Buffer.from(match[2]!, "base64url");
  const mac = macOf(key, match[1]!);
  // One spelling only: base64 has bits to spare at its end.
  if (!timingSafeEqual(given, mac) || mac.toString("base64url") !== match[2]) return undefined;
  const ticket = TICKET.safeParse(JSON.parse(Buffer.from(match[1]!, "base64url").toString()));
  if (!ticket.success || ticket.data.appId !== appId || ticket.data.expiresAt <= now) return;
  return ticket.data;
}

function macOf(key: Uint8Array, payload: string): Buffer {
  return createHmac("sha256", key).update(payload).digest();
}
