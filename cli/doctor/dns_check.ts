import ipaddr from "ipaddr.js";
import type { Context } from "../context.ts";
import { type Check, fail, type Finding, ok, warn } from "./finding.ts";
import { isLocalDomain, rawSetting, settingFor } from "./place.ts";

/** Time for one question, ms. */
const ASK_MS = 3000;
const PUBLIC = "point it at this machine's public address";

/** The domain and every name below it point at this machine. */
export const dnsCheck: Check = async (ctx) => {
  const domain = settingFor(ctx, "server.domain");
  if (isLocalDomain(domain)) return ok("dns", `${domain} needs no DNS`);
  if (ipaddr.isValid(domain)) {
    return warn("dns", `${domain} is an address: apps need names`, setDomain());
  }
  const wildcard = `fazt-doctor-${crypto.randomUUID().slice(0, 8)}.${domain}`;
  const [base, below] = await Promise.all([ask(ctx, domain), ask(ctx, wildcard)]);
  for (const [name, answer] of [[domain, base], [`*.${domain}`, below]] as const) {
    if ("error" in answer) return broken(name, answer);
  }
  const here = [...machineAddresses()];
  const strangers = addressesOf(base).filter((one) => !here.includes(one));
  if (addressesOf(below).join() !== addressesOf(base).join()) {
    const about = `*.${domain} points at ${addressesOf(below).join(", ")}, ${domain} at ` +
      addressesOf(base).join(", ");
    return warn("dns", about, `set A/AAAA records of *.${domain} to those of ${domain}`);
  }
  if (strangers.length === 0) {
    return ok("dns", `${domain} and *.${domain} point here (${addressesOf(base).join(", ")})`);
  }
  const bad = strangers.filter((one) => !isPublic(one));
  if (bad.length > 0) {
    const about = `${domain} points at ${bad.join(", ")}, which the internet cannot reach`;
    return fail("dns", about, PUBLIC);
  }
  if (here.some(isPublic)) {
    const about = `${domain} points at ${strangers.join(", ")}, this machine is ` +
      here.filter(isPublic).join(", ");
    return fail("dns", about, `set the A/AAAA records of ${domain} and *.${domain}`);
  }
  const about = `${domain} points at ${strangers.join(", ")}; this machine has private addresses ` +
    "only, so that is for you to compare";
  return warn("dns", about, "forward ports 80 and 443 of that address to this machine");
};

type Answer = { readonly addresses: readonly string[] } | {
  readonly error: "none" | "silent" | "odd";
  readonly why: string;
};

function addressesOf(answer: Answer): readonly string[] {
  return "addresses" in answer ? answer.addresses : [];
}

function broken(name: string, { error, why }: Extract<Answer, { error: unknown }>): Finding {
  if (error === "none") {
    return fail("dns", `${name} has no address`, `add an A (and AAAA) record for ${name}`);
  }
  const fix = error === "silent"
    ? "look at the machine's resolver: /etc/resolv.conf"
    : "ask another resolver; somebody on the way answers nonsense";
  return fail("dns", `${name} cannot be looked up: ${why}`, fix);
}

/** The addresses of a name, sorted; an answer is believed only where it is made of addresses. */
async function ask(ctx: Context, name: string): Promise<Answer> {
  const server = resolverOf(ctx);
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(ASK_MS)]);
  const found: string[] = [];
  const faults: Error[] = [];
  for (const type of ["A", "AAAA"] as const) {
    try {
      found.push(
        ...await Deno.resolveDns(name, type, {
          ...(server === undefined ? {} : { nameServer: server }),
          signal,
        }),
      );
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!(error instanceof Deno.errors.NotFound)) faults.push(error as Error);
    }
  }
  if (found.some((one) => !ipaddr.isValid(one))) {
    return { error: "odd", why: "the answer is no address" };
  }
  if (found.length > 0) return { addresses: [...new Set(found)].sort() };
  const [fault] = faults;
  if (fault === undefined) return { error: "none", why: "" };
  return signal.aborted
    ? { error: "silent", why: "no resolver answers" }
    : { error: "odd", why: fault.message.slice(0, 200) };
}

/** The first of the node's own resolvers, as `address` or `address:port`; else the machine's. */
function resolverOf(ctx: Context): { ipAddr: string; port: number } | undefined {
  const said = String(rawSetting(ctx, "dns.servers") ?? "").split(/[\s,]+/)[0]!;
  const match = /^\[?([0-9a-fA-F.:]+?)\]?(?::(\d{1,5}))?$/.exec(said);
  if (!match || !ipaddr.isValid(match[1]!)) return undefined;
  return { ipAddr: match[1]!, port: Number(match[2] ?? 53) };
}

function* machineAddresses(): Iterable<string> {
  for (const { address } of Deno.networkInterfaces()) {
    const parsed = address.split("%")[0]!;
    if (ipaddr.isValid(parsed) && ipaddr.process(parsed).range() !== "loopback") {
      yield ipaddr.process(parsed).toString();
    }
  }
}

function isPublic(address: string): boolean {
  return ipaddr.process(address).range() === "unicast";
}

function setDomain(): string {
  return "fazt config set server.domain NAME";
}
