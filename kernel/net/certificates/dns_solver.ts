import { createHash } from "node:crypto";
import { base64Url, type ChallengeSolver, delay } from "../acme/mod.ts";
import type { DnsDriver, Resolver } from "../dns/mod.ts";

/** Options of {@link dnsSolver}. */
export interface DnsSolverOptions {
  readonly driver: DnsDriver;
  readonly resolver: Resolver;
  /** How long a record may take to be seen, ms. */
  readonly waitMs: number;
}

const POLL_MS = 500;
/** Delegations of a proof that are followed. */
const MAX_CNAMES = 5;

/** Proves names by a TXT record (RFC 8555 §8.4), followed through a CNAME where there is one. */
export function dnsSolver({ driver, resolver, waitMs }: DnsSolverOptions): ChallengeSolver {
  const lookUp = (name: string, type: "CNAME" | "TXT"): Promise<string[]> =>
    resolver.records(name, type).catch(() => []);

  return {
    type: "dns-01",
    async prepare({ name, keyAuthorization }, signal) {
      const value = base64Url(
        new Uint8Array(createHash("sha256").update(keyAuthorization).digest()),
      );
      let target = `_acme-challenge.${name}`;
      for (let i = 0; i < MAX_CNAMES; i++) {
        const [next] = await lookUp(target, "CNAME");
        if (next === undefined || next === target) break;
        target = next;
      }
      const undo = await driver.addTxt(target, value, signal);
      // The authority asks servers of its own; that ours shows it makes theirs likely to.
      const deadline = performance.now() + waitMs;
      while (performance.now() < deadline && !signal.aborted) {
        if ((await lookUp(target, "TXT")).includes(value)) break;
        await delay(POLL_MS, signal);
      }
      return undo;
    },
  };
}
