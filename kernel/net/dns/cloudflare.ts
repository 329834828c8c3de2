import { boundedText } from "../bounded_text.ts";
import { z } from "../../lib/zod.ts";
import { type DnsDriver, PROOF_TTL } from "./dns_driver.ts";
import { dnsUpdateError } from "./dns_error.ts";

/** Options of {@link cloudflareDriver}. */
export interface CloudflareOptions {
  /** Where its API answers. */
  readonly url: string;
  readonly token: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const answerSchema = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ message: z.string().max(500) })).optional(),
  result: z.unknown(),
});
const zonesSchema = z.array(z.object({ id, name: z.string() }));
const recordSchema = z.object({ id });
const TIMEOUT_MS = 15_000;
const MAX_BYTES = 1024 * 1024;

/** Cloudflare's DNS API (v4), with a token that may edit DNS of the zone. */
export function cloudflareDriver({ url, token, fetch }: CloudflareOptions): DnsDriver {
  const call = async (
    method: string,
    path: string,
    { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
  ): Promise<unknown> => {
    let text: string | undefined;
    const over = new AbortController();
    try {
      const limit = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), over.signal]);
      const response = await fetch(`${url.replace(/\/$/, "")}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        redirect: "error",
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await boundedText(response, MAX_BYTES);
    } catch (cause) {
      throw dnsUpdateError("its API does not answer", { cause });
    }
    if (text === undefined) {
      over.abort();
      throw dnsUpdateError("the answer of its API is too large");
    }
    const parsed = answerSchema.safeParse(jsonOf(text));
    if (!parsed.success) throw dnsUpdateError("its API answers something else");
    const { success, errors, result } = parsed.data;
    if (!success) {
      throw dnsUpdateError(errors?.map(({ message }) => message).join("; ") || "it was refused");
    }
    return result;
  };

  const zoneOf = async (name: string, signal: AbortSignal): Promise<string> => {
    const labels = name.split(".");
    for (let i = 1; i < labels.length - 1; i++) {
      const zone = labels.slice(i).join(".");
      const path = `/zones?name=${encodeURIComponent(zone)}`;
      const found = zonesSchema.safeParse(await call("GET", path, { signal }));
      const match = found.data?.find((one) => one.name === zone);
      if (match !== undefined) return match.id;
    }
    throw dnsUpdateError(`the account has no zone for ${name}`);
  };

  return {
    name: "cloudflare",
    async addTxt(name, value, signal) {
      const zone = await zoneOf(name, signal);
      const record = recordSchema.safeParse(
        await call("POST", `/zones/${zone}/dns_records`, {
          body: { type: "TXT", name, content: `"${value}"`, ttl: PROOF_TTL },
          signal,
        }),
      );
      if (!record.success) throw dnsUpdateError("a record without an id");
      return async () => {
        await call("DELETE", `/zones/${zone}/dns_records/${record.data.id}`);
      };
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
