import { type Grant, parseGrant } from "../apps/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { matchesHost, parseHostPattern } from "../lib/host_pattern.ts";
import type { Caller, Syscall } from "../syscall/mod.ts";
import { sandboxError } from "./sandbox_error.ts";

/** Calls without a grant in the table, and what opens them: `net.fetch` looks at the host itself. */
const NET_CALLS: ReadonlySet<string> = new Set(["net.fetch", "net.send", "net.read", "net.abort"]);

/**
 * The grants that code gets: what it was given of its app's own.
 * @throws {FaztError} `SANDBOX_PERMISSION` for what the app does not hold, or no sandbox gets.
 */
export function readCapabilities(
  wanted: readonly string[],
  { held, appName }: { readonly held: ReadonlySet<string>; readonly appName: string | undefined },
): string[] {
  return wanted.map((text) => {
    const grant = parse(text);
    if (!isOpen(grant)) {
      throw sandboxError("SANDBOX_PERMISSION", `no sandbox is given ${grant.text}`, {
        hint: "a capability is one of storage:<kind>, net:fetch:<host> and those for a service",
        details: { grant: grant.text },
      });
    }
    if (holds(held, grant)) return grant.text;
    throw sandboxError("SANDBOX_PERMISSION", `${holder(appName)} not hold ${grant.text}`, {
      hint: appName === undefined
        ? "name the app whose grants the code may use: --app APP"
        : `add it to "permissions" in app.json, then: fazt app grants approve ${appName} ${grant.text}`,
      details: { grant: grant.text },
    });
  });
}

/**
 * Refuses a syscall that code was not given: in a sandbox there is none without a capability, also
 * of those that any app may make.
 * @throws {FaztError} `PERMISSION`
 */
export function checkCall(caller: Caller, { name, grant }: Syscall): void {
  const open = grant !== undefined
    ? caller.grants.has(grant)
    : NET_CALLS.has(name) && [...caller.grants].some((held) => /^net:fetch(?::|$)/.test(held));
  if (open) return;
  const needed = grant ?? (NET_CALLS.has(name) ? "net:fetch:<host>" : undefined);
  throw new FaztError(
    "PERMISSION",
    needed === undefined
      ? `Cannot call ${name}: it is not for code in a sandbox`
      : `Cannot call ${name}: the sandbox was not given ${needed}`,
    {
      ...(needed === undefined ? {} : { hint: `run it with capabilities: ["${needed}"]` }),
      status: 403,
      details: { grant: needed },
    },
  );
}

const holder = (appName: string | undefined) =>
  appName === undefined ? "code of no app does" : `${appName} does`;

function parse(text: string): Grant {
  try {
    return parseGrant(text);
  } catch (error) {
    const { message, hint } = error as FaztError;
    throw sandboxError("SANDBOX_PERMISSION", message, hint === undefined ? {} : { hint });
  }
}

/** What works through syscalls alone: the realm of a sandbox has no permission of its own. */
const isOpen = ({ kind }: Grant) =>
  kind === "storage" || kind === "net:fetch" || kind === "namespace";

function holds(held: ReadonlySet<string>, grant: Grant): boolean {
  if (held.has(grant.text)) return true;
  if (grant.kind !== "net:fetch") return false;
  if (held.has("net:fetch")) return true;
  const { host, port } = grant;
  if (host === undefined) return false;
  return [...held].some((text) => {
    if (!text.startsWith("net:fetch:")) return false;
    const pattern = parseHostPattern(text.slice("net:fetch:".length));
    if (pattern.port !== undefined && pattern.port !== port) return false;
    // Only a wildcard covers a wildcard, a narrower one: any name below that is one below it.
    if (host.startsWith("*.") && !pattern.wild) return false;
    return matchesHost(pattern, { host: host.replace(/^\*\./, "x."), port: port ?? 443 });
  });
}
