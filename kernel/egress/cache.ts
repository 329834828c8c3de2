import { createHash } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { MIB } from "../lib/bytes.ts";
import { ByteLru } from "../lib/byte_lru.ts";
import type { Auth } from "./auth.ts";
import type { Header } from "./headers.ts";
import type { Prepared } from "./request.ts";
import type { EgressResponse } from "./response.ts";

/** Memory for cached answers, all apps together. */
const CACHE_BYTES = 16 * MIB;
/** The largest answer that is kept. */
const ENTRY_BYTES = 2 * MIB;
/** What an entry costs beside its texts and bytes, roughly. */
const OVERHEAD = 500;

interface Entry {
  readonly head: Omit<EgressResponse, "body" | "cached">;
  readonly body: Uint8Array | null;
  readonly expiresAt: number;
}

/** Answers kept because an app asked for it; one app's never answer another's request. */
export class EgressCache {
  readonly #entries = new ByteLru<Entry>(CACHE_BYTES);
  /** Raised to forget everything of one app without looking for it. */
  readonly #epochs = new Map<string, number>();

  constructor(private readonly now: Clock) {}

  /** Bytes held. */
  get bytes(): number {
    return this.#entries.used;
  }

  /** Answers held. */
  get size(): number {
    return this.#entries.size;
  }

  /** The key of a request: a digest, so that no URL, header or secret is in it. */
  keyOf(appId: string, request: Prepared, auth: Auth | undefined): string {
    const { method, target, headers, redirect, cache } = request;
    const what = cache?.key === undefined ? [target.url.href, redirect, headers] : [cache.key];
    const parts = [
      appId,
      this.#epochs.get(appId) ?? 0,
      auth?.version ?? null,
      method,
      cache?.key === undefined,
      ...what,
    ];
    return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
  }

  /** A fresh answer, with a body of its own. */
  get(key: string): EgressResponse | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt <= this.now()) {
      this.#entries.delete(key);
      return undefined;
    }
    const { body } = entry;
    return { ...entry.head, cached: true, body: body && new Blob([body.slice()]).stream() };
  }

  /** The same answer, kept once its body has been read to the end; only a 200 is. */
  keep(key: string, ttlMs: number, response: EgressResponse): EgressResponse {
    const { body, cached: _, ...head } = response;
    if (response.status !== 200) return response;
    const put = (bytes: Uint8Array | null) => {
      const size = (bytes?.byteLength ?? 0) + sizeOf(head.headers) + head.url.length + OVERHEAD;
      this.#entries.set(key, { head, body: bytes, expiresAt: this.now() + ttlMs }, size);
    };
    if (body !== null) return { ...response, body: copying(body, put) };
    put(null);
    return response;
  }

  /** Forgets the answers of one app, or all. */
  clear(appId?: string): void {
    if (appId === undefined) this.#entries.clear();
    else this.#epochs.set(appId, (this.#epochs.get(appId) ?? 0) + 1);
  }
}

/** Passes a body on and hands a copy of it over at its end, unless it is too large. */
function copying(
  body: ReadableStream<Uint8Array>,
  whole: (bytes: Uint8Array) => void,
): ReadableStream<Uint8Array> {
  let parts: Uint8Array[] | undefined = [];
  let size = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.byteLength;
        if (size > ENTRY_BYTES) parts = undefined;
        parts?.push(chunk.slice());
        controller.enqueue(chunk);
      },
      flush() {
        if (parts === undefined) return;
        const bytes = new Uint8Array(size);
        let at = 0;
        for (const part of parts) {
          bytes.set(part, at);
          at += part.byteLength;
        }
        whole(bytes);
      },
    }),
  );
}

function sizeOf(headers: readonly Header[]): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
}
