import { lookup } from "node:dns/promises";
import { FaztError } from "../lib/fazt_error.ts";
import type { AddressJudge } from "./addresses.ts";
import { netError } from "./errors.ts";

/** Every address of a name, IPv4 and IPv6. Its answers are not trusted. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** The machine's resolver. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, order: "verbatim" })).map(({ address }) => address);

/** Addresses of one name that are looked at; more are no honest answer. */
const MAX_ADDRESSES = 64;

/** What is looked up: a name, or an address that needs no looking up. */
export interface Lookup {
  readonly host: string;
  readonly address: string | undefined;
}

/**
 * The addresses a request may connect to. One address that is not public spoils the whole answer:
 * no honest name has both, and which of them is connected to must not be left to luck.
 * @throws {FaztError} `NET_BLOCKED`, `NET_ERROR`; neither tells the address.
 */
export async function resolveTarget(
  target: Lookup,
  { resolve, judge, signal }: {
    readonly resolve: Resolve;
    readonly judge: AddressJudge;
    readonly signal: AbortSignal;
  },
): Promise<string[]> {
  const { host } = target;
  const found = target.address === undefined
    ? await ask(resolve(host), host, signal)
    : [target.address];
  if (found.length === 0 || found.length > MAX_ADDRESSES) throw unknownHost(host);
  return found.map((text) => {
    const verdict = judge(text);
    if (verdict.address !== undefined) return verdict.address;
    throw netError("NET_BLOCKED", "it is no public host", {
      host,
      details: { reason: "address" },
    });
  });
}

/** Resolvers cannot be interrupted; who asked stops waiting. */
function ask(
  answer: Promise<readonly string[]>,
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  answer.then(resolve, () => reject(unknownHost(host)));
  return promise.finally(() => signal.removeEventListener("abort", abort));
}

function unknownHost(host: string): FaztError {
  return netError("NET_ERROR", "its name has no address", { host, details: { reason: "dns" } });
}
