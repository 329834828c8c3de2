import type { Context } from "../context.ts";
import { readDatabase } from "../local_database.ts";
import { type Check, fail, type Finding, ok, warn } from "./finding.ts";
import { isLocalDomain, settingFor } from "./place.ts";

const ASK_MS = 5000;

/** Browsers come to ports 80 and 443: both are the node's, or free for it, or a proxy's. */
export const publicPortsCheck: Check = async (ctx) => {
  const domain = settingFor(ctx, "server.domain");
  if (isLocalDomain(domain)) return ok("ports", `${domain} is for this machine only`);
  const held: string[] = [];
  for (const port of [80, 443]) {
    const state = await look(port);
    if (state === "foreign") {
      const about = `port ${port} is used by a program that is no fazt node`;
      return warn("ports", about, "stop it, or let it pass requests on to the node as a proxy");
    }
    if (state === "denied") return lowPorts(port);
    held.push(`${port} is ${state === "free" ? "free" : "the node's"}`);
  }
  return await reachable(ctx, domain, held.join(", "));
};

/** Whose a port of this machine is. */
async function look(port: number): Promise<"free" | "node" | "foreign" | "denied"> {
  try {
    Deno.listen({ hostname: "0.0.0.0", port }).close();
    return "free";
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return await isNode(port) ? "node" : "foreign";
    return "denied";
  }
}

async function isNode(port: number): Promise<boolean> {
  // What stands on 443 speaks TLS, for names this request does not know: that it is there must do.
  if (port === 443) return true;
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, {
      redirect: "manual",
      signal: AbortSignal.timeout(ASK_MS),
    });
    return (await response.json())?.ok === true;
  } catch {
    return false;
  }
}

function lowPorts(port: number): Finding {
  const about = `this user may not open port ${port}`;
  const fix = "sudo fazt service install grants low ports; or put a proxy before the node";
  return warn("ports", about, fix);
}

/** Whether the domain leads to a node, as seen from here. */
async function reachable(ctx: Context, domain: string, ports: string): Promise<Finding> {
  if (record(ctx.dbPath) === undefined) return ok("ports", ports);
  for (const scheme of ["https", "http"]) {
    try {
      const response = await fetch(`${scheme}://${domain}/health`, {
        redirect: "manual",
        signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(ASK_MS)]),
      });
      if ((await response.json())?.ok === true) {
        return ok("ports", `${ports}; ${scheme}://${domain} leads to a node`);
      }
    } catch {
      ctx.signal.throwIfAborted();
    }
  }
  const about = `${ports}; from here http(s)://${domain} does not lead to a node`;
  return warn("ports", about, "open 80 and 443 in the firewall, or look from outside");
}

function record(dbPath: string): string | undefined {
  try {
    return readDatabase(
      dbPath,
      (db) => db.get<{ value: string }>("SELECT value FROM node WHERE key = 'url'"),
    )?.value;
  } catch {
    return undefined;
  }
}

/** What the node's API says of certificates, as far as a person must do something. */
interface Certificates {
  readonly certificates?: readonly {
    readonly name: string;
    readonly state: string;
    readonly notAfter: number;
  }[];
  readonly attention?: readonly {
    readonly message: string;
    readonly hint: string;
  }[];
}

/** Certificates are there and are renewed. */
export const tlsCheck: Check = async (ctx) => {
  const { Client } = await import("../client.ts");
  const { localTarget } = await import("../target.ts");
  let found: Certificates;
  try {
    found = await new Client(() => localTarget(ctx.dbPath), ctx.signal)
      .call<Certificates>("GET", "/api/certificates", { timeoutMs: ASK_MS });
  } catch (error) {
    ctx.signal.throwIfAborted();
    const { code } = error as { code?: string };
    if (code === "UNREACHABLE") {
      return warn("tls", "the node does not run: nobody can tell", "fazt server start");
    }
    if (code !== "NOT_FOUND") throw error;
    return ok("tls", "this node serves plain HTTP only");
  }
  const { certificates = [], attention = [] } = found;
  const expired = certificates.find((one) => one.state === "expired" || one.notAfter < Date.now());
  if (expired) {
    const fix = "fazt net certificate renew " + expired.name;
    return fail("tls", `the certificate of ${expired.name} has expired`, fix);
  }
  const [first] = attention;
  if (first) return warn("tls", first.message, first.hint);
  if (certificates.length === 0) return ok("tls", "there are no certificates, and none is missed");
  const next = Math.min(...certificates.map((one) => one.notAfter));
  const day = new Date(next).toISOString().slice(0, 10);
  return ok("tls", `${certificates.length} certificates, the first ends on ${day}`);
};
