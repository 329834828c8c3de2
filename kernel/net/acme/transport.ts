import { FaztError } from "../../lib/fazt_error.ts";
import { boundedText } from "../bounded_text.ts";
import { acmeNonsense, acmeUnreachable } from "./acme_error.ts";

/** Fetches as the web platform does, with the roots the owner trusts for this CA. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** An answer of a CA, read whole. */
export interface AcmeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

/** Options of {@link Transport}. */
export interface TransportOptions {
  readonly fetch: Fetch;
  /** Time of one exchange, ms. */
  readonly timeoutMs: number;
  readonly clock: () => number;
}

const MAX_BYTES = 512 * 1024;
const MAX_RETRY_AFTER_MS = 30 * 86_400_000;

/** Sends requests to a CA, which is trusted with neither the node's time nor its memory. */
export class Transport {
  /** By how much the CA's clock is ahead of this machine's, ms; undefined until it told the time. */
  skewMs: number | undefined;

  constructor(private readonly options: TransportOptions) {}

  /** @throws {FaztError} `ACME_UNREACHABLE`, `ACME_ANSWER`; `signal` ends it early. */
  async send(url: string, init: RequestInit, signal: AbortSignal): Promise<AcmeAnswer> {
    checkUrl(url);
    const limit = AbortSignal.timeout(this.options.timeoutMs);
    const over = new AbortController();
    try {
      const response = await this.options.fetch(url, {
        ...init,
        // A redirect would carry a signed body to where its own URL does not say.
        redirect: "manual",
        signal: AbortSignal.any([signal, limit, over.signal]),
      });
      this.#note(response.headers);
      const text = await boundedText(response, MAX_BYTES);
      if (text === undefined) {
        // Whoever sends too much may never end.
        over.abort();
        throw acmeNonsense("it is too large");
      }
      const retryAfterMs = this.#retryAfter(response.headers);
      return { status: response.status, headers: response.headers, text, retryAfterMs };
    } catch (cause) {
      if (cause instanceof FaztError) throw cause;
      if (signal.aborted) throw acmeUnreachable("the attempt was ended", { cause });
      if (limit.aborted) {
        const seconds = Math.round(this.options.timeoutMs / 1000);
        throw acmeUnreachable(`no answer within ${seconds} s`, { cause });
      }
      throw acmeUnreachable(reasonOf(cause), { cause });
    }
  }

  #note(headers: Headers): void {
    const at = Date.parse(headers.get("date") ?? "");
    if (!Number.isNaN(at)) this.skewMs = at - this.options.clock();
  }

  #retryAfter(headers: Headers): number | undefined {
    const text = headers.get("retry-after");
    if (text === null) return undefined;
    const ms = /^\d{1,9}$/.test(text)
      ? Number(text) * 1000
      : Date.parse(text) - this.options.clock() - (this.skewMs ?? 0);
    return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
  }
}

/** Only TLS, or this machine (tests and a proxy beside the node). */
function checkUrl(text: string): void {
  const url = URL.parse(text);
  const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? "");
  if (url?.protocol === "https:" || url?.protocol === "http:" && local) return;
  throw acmeNonsense(`${JSON.stringify(text.slice(0, 200))} is no https address`);
}

function reasonOf(cause: unknown): string {
  const text = String((cause as Error)?.message ?? cause);
  if (/certificate|UnknownIssuer|NotValidForName/i.test(text)) {
    return "its own certificate is not trusted (acme.caFile names the root of a private one)";
  }
  if (/dns|resolve|lookup/i.test(text)) return "its name has no address";
  return "the connection failed";
}
