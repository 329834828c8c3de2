import { isPublicName, judgeAddress, type Resolve, systemResolve } from "../egress/mod.ts";
import { formatBytes } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";

/** Where releases may come from. */
export interface SourceRules {
  /**
   * Whoever asks sits at the machine, or its owner allowed it: private networks, and plain HTTP
   * from the machine itself. Everybody else's URLs must not reach what only this machine reaches.
   */
  readonly private: boolean;
  /** Finds the addresses of a name; default: the machine's resolver. */
  readonly resolve?: Resolve;
}

const MAX_REDIRECTS = 5;
/** Time without a byte until a server counts as gone, ms. */
const IDLE_MS = 60_000;

/** An answer with status 200, or 404. */
export interface Fetched {
  readonly response: Response;
  /** Where it came from in the end. */
  readonly url: URL;
  /** Says that something arrived: the deadline begins anew. */
  alive(): void;
  /** Frees the connection. */
  done(): void;
}

/**
 * Gets a URL of a release; each redirect is judged like the first address.
 * @throws {FaztError} `UPGRADE_URL` for what may not be asked, `UPGRADE_DOWNLOAD`.
 */
export async function fetchSource(
  first: URL,
  rules: SourceRules,
  signal: AbortSignal,
): Promise<Fetched> {
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), IDLE_MS);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), IDLE_MS);
  };
  const done = () => clearTimeout(timer);
  try {
    let url = first;
    for (let n = 0; n <= MAX_REDIRECTS; n++) {
      await admit(url, rules);
      const response = await fetch(url, {
        redirect: "manual",
        headers: { accept: "*/*", "accept-encoding": "identity" },
        signal: AbortSignal.any([signal, idle.signal]),
      }).catch((cause) => {
        signal.throwIfAborted();
        throw failed(url, idle.signal.aborted ? "it does not answer" : reasonOf(cause), cause);
      });
      const location = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && location !== null) {
        await response.body?.cancel();
        const next = URL.parse(location, url);
        if (next === null) throw failed(url, "it redirects to what is no URL");
        if (url.protocol === "https:" && next.protocol !== "https:") {
          throw failed(url, `it redirects to ${next.origin}, which is not HTTPS`);
        }
        url = next;
        continue;
      }
      if (response.status !== 200 && response.status !== 404) {
        await response.body?.cancel();
        throw failed(url, `it answers ${response.status}`);
      }
      return { response, url, alive, done };
    }
    throw failed(first, `it redirects more than ${MAX_REDIRECTS} times`);
  } catch (error) {
    done();
    throw error;
  }
}

/**
 * A small file, whole; undefined where there is none.
 * @throws {FaztError} `UPGRADE_URL`, `UPGRADE_DOWNLOAD`.
 */
export async function fetchSmall(
  url: URL,
  rules: SourceRules & { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly url: URL } | undefined> {
  const fetched = await fetchSource(url, rules, rules.signal);
  try {
    const { response } = fetched;
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      fetched.alive();
      size += chunk.length;
      if (size > rules.maxBytes) {
        throw failed(url, `it is over ${formatBytes(rules.maxBytes)}`);
      }
      chunks.push(chunk);
    }
    return { bytes: await new Blob(chunks).bytes(), url: fetched.url };
  } catch (error) {
    if (error instanceof FaztError) throw error;
    rules.signal.throwIfAborted();
    throw failed(url, reasonOf(error), error);
  } finally {
    fetched.done();
  }
}

/** Reads a URL as a person writes it. @throws {FaztError} `UPGRADE_URL`. */
export function sourceUrl(text: string): URL {
  const url = text.length > 2000 ? null : URL.parse(text);
  if (url === null || url.hostname === "") {
    throw refused(text.slice(0, 200), "it cannot be read as one");
  }
  url.hash = "";
  return url;
}

/** The one judge of where a release may come from. */
async function admit(url: URL, rules: SourceRules): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (url.username !== "" || url.password !== "") {
    throw refused(url.origin, "it carries a user name or password");
  }
  if (url.protocol === "http:") {
    if (rules.private && isThisMachine(host)) return;
    throw refused(url.origin, "it is not HTTPS");
  }
  if (url.protocol !== "https:") throw refused(url.protocol, "it is not HTTPS");
  if (rules.private) return;
  if (judgeAddress(host).address !== undefined) return;
  if (!isPublicName(host)) throw refused(url.origin, "it is no public host");
  const found = await (rules.resolve ?? systemResolve)(host).catch((cause) => {
    throw failed(url, "its name has no address", cause);
  });
  if (found.length === 0 || found.some((one) => judgeAddress(one).address === undefined)) {
    throw refused(url.origin, "it is no public host");
  }
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function refused(what: string, why: string): FaztError {
  return new FaztError("UPGRADE_URL", `Cannot upgrade from ${what}: ${why}`, {
    hint: "use an https: address; plain HTTP and private networks only from the machine itself",
    status: 422,
  });
}

/** What went wrong on the way. */
export function failed(url: URL, why: string, cause?: unknown): FaztError {
  const { origin, pathname } = url;
  return new FaztError("UPGRADE_DOWNLOAD", `Cannot get ${origin}${pathname}: ${why}`, {
    hint: "look at the address and the connection, then try again; nothing was changed",
    status: 502,
    cause,
  });
}

/** The words of an error of fetch. */
export function reasonOf(cause: unknown): string {
  const error = cause as Error;
  const inner = error.cause instanceof Error ? error.cause.message : error.message;
  return /refused/i.test(inner) ? "the connection was refused" : inner;
}
