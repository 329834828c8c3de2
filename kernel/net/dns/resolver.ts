import { FaztError } from "../../lib/fazt_error.ts";

/** Record types that are asked for. */
export type RecordType = "A" | "AAAA" | "CNAME" | "TXT";

/** Asks the DNS; its answers are a stranger's word. */
export interface Resolver {
  /**
   * The values of a name's records; none where there are none. Names in lower case without the
   * last dot, a TXT's parts joined.
   * @throws {FaztError} `DNS_FAILED` when nobody answers.
   */
  records(name: string, type: RecordType): Promise<string[]>;
}

/** Options of {@link dnsResolver}. */
export interface ResolverOptions {
  /** Servers as `address` or `address:port`; none: the machine's own. */
  readonly servers: () => readonly string[];
  /** Time of one question, ms. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5000;
/** More of one type is no honest answer. */
const MAX_RECORDS = 64;

/** A resolver that asks each server in turn until one answers. */
export function dnsResolver({ servers, timeoutMs = TIMEOUT_MS }: ResolverOptions): Resolver {
  return {
    async records(name, type) {
      const list = servers();
      let failure: unknown;
      for (const server of list.length === 0 ? [undefined] : list) {
        try {
          return await ask(name, type, { server, timeoutMs });
        } catch (error) {
          failure = error;
        }
      }
      throw new FaztError("DNS_FAILED", `Cannot look up ${name}: the DNS did not answer`, {
        status: 502,
        hint: "try again, or name another resolver: fazt config set dns.servers 9.9.9.9",
        cause: failure,
      });
    },
  };
}

async function ask(
  name: string,
  type: RecordType,
  { server, timeoutMs }: { readonly server: string | undefined; readonly timeoutMs: number },
): Promise<string[]> {
  const options = {
    signal: AbortSignal.timeout(timeoutMs),
    ...(server === undefined ? {} : { nameServer: parseServer(server) }),
  };
  try {
    // The final dot keeps search domains of the machine out of it.
    const fqdn = `${name}.`;
    const found = type === "TXT"
      ? (await Deno.resolveDns(fqdn, "TXT", options)).map((parts) => parts.join(""))
      : await Deno.resolveDns(fqdn, type, options);
    return found.slice(0, MAX_RECORDS).map((value) =>
      type === "CNAME" ? value.toLowerCase().replace(/\.$/, "") : value
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Reads `address` or `address:port`; an IPv6 address with a port is in brackets. */
export function parseServer(text: string): { readonly ipAddr: string; readonly port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)|([0-9a-f:.]+))(?::(\d{1,5}))?$/i.exec(
    text.trim(),
  );
  const whole = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text.trim());
  if (whole) return { ipAddr: text.trim(), port: 53 };
  return {
    ipAddr: match?.[1] ?? match?.[2] ?? match?.[3] ?? text.trim(),
    port: Number(match?.[4] ?? 53),
  };
}
