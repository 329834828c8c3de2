import ipaddr from "ipaddr.js";
import type { Settings } from "../../config/mod.ts";
import type { Target } from "../hosts.ts";
import { isPublicDirectory, wordsOf } from "./acme_settings.ts";
import { isPrivateName, isWithin, serverNameOf } from "./server_name.ts";

/** Which certificate a handshake gets. */
export type Plan =
  /** One of the node's own authority. */
  | { readonly by: "local"; readonly name: string }
  /** One of an ACME authority: kept and asked for as `name`. */
  | { readonly by: "acme"; readonly name: string; readonly names: readonly string[] };

/** Options of {@link planFor}. */
export interface PlanOptions {
  readonly settings: Settings;
  readonly resolve: (host: string) => Target;
  /** Whether the node's own authority may sign a name. */
  readonly signs: (name: string) => boolean;
  /** Whether all names below the node's domain share one certificate. */
  readonly wildcard: boolean;
}

/** What answers there: nobody else's name gets a certificate. */
const ANSWERS: ReadonlySet<Target["kind"]> = new Set(
  ["app", "redirect", "split", "preview", "admin", "root", "bare"] as const,
);

/**
 * The certificate of a name, undefined where it gets none. Without a name (a visitor who types an
 * address) it is the one of the node's bare addresses.
 */
export function planFor(text: string | undefined, options: PlanOptions): Plan | undefined {
  const { settings } = options;
  const name = text === undefined || text === "" ? undefined : serverNameOf(text);
  if (name === undefined && text !== undefined && text !== "") return undefined;
  if (name === undefined || ipaddr.isValid(name)) return planForAddress(name, options);
  const { kind } = options.resolve(name);
  const domain = settings.get("server.domain");
  if (isLocal(name, settings)) {
    // Nothing answers at a host without an app either, but it says so.
    const ours = ANSWERS.has(kind) || kind === "none";
    return ours && options.signs(name) ? { by: "local", name } : undefined;
  }
  const shared = options.wildcard && name !== domain && isWithin(name, domain) &&
    !name.slice(0, -domain.length - 1).includes(".");
  if (options.wildcard && (name === domain || shared) && (ANSWERS.has(kind) || kind === "none")) {
    return wildcardOf(domain);
  }
  return ANSWERS.has(kind) ? { by: "acme", name, names: [name] } : undefined;
}

/** The certificate of a domain and all names right below it. */
export function wildcardOf(domain: string): Plan & { readonly by: "acme" } {
  return { by: "acme", name: `*.${domain}`, names: [domain, `*.${domain}`] };
}

/** The addresses that have a certificate themselves. */
export function bareAddresses(settings: Settings): string[] {
  return wordsOf(settings.get("acme.addresses")).map((text) => ipaddr.parse(text).toString());
}

/** Whether the node's own authority signs a name, and no public one. */
export function isLocal(name: string, settings: Settings): boolean {
  const issuer = settings.get("certificates.issuer");
  if (issuer !== "auto") return issuer === "local";
  if (isWithin(name, "localhost")) return true;
  return isPrivateName(name) && isPublicDirectory(settings.get("acme.directory"));
}

function planForAddress(name: string | undefined, options: PlanOptions): Plan | undefined {
  const { settings } = options;
  const addresses = bareAddresses(settings);
  const [first] = addresses;
  if (first !== undefined && (name === undefined || addresses.includes(name))) {
    return settings.get("certificates.issuer") === "local"
      ? undefined
      : { by: "acme", name: first, names: addresses };
  }
  const loopback = name ?? "127.0.0.1";
  const local = settings.get("certificates.issuer") === "local" ||
    settings.get("server.domain") === "localhost";
  return local && options.signs(loopback) ? { by: "local", name: loopback } : undefined;
}
