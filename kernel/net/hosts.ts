import type { Settings } from "../config/mod.ts";
import type { Connection } from "../db/mod.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { appIdLabel } from "../lib/ids.ts";
import { previewLabel } from "./preview_label.ts";
import { RESERVED_LABELS } from "./reserved_labels.ts";
import type { SplitRoute } from "./split.ts";

/** What answers at a host. */
export type Target =
  | { readonly kind: "app"; readonly appId: string }
  | { readonly kind: "redirect"; readonly url: string }
  /** Apps by weight: each visitor stays with one. */
  | { readonly kind: "split"; readonly routes: readonly SplitRoute[] }
  /** A revision that need not be the served one. */
  | { readonly kind: "preview"; readonly appId: string; readonly revision: number }
  | { readonly kind: "admin" }
  | { readonly kind: "root" }
  /** The bare domain of a `www.` host. */
  | { readonly kind: "bare"; readonly domain: string }
  /** A host of this node at which nothing answers. */
  | { readonly kind: "none" }
  /** Not a host of this node. */
  | { readonly kind: "unknown" }
  /** Not a host at all. */
  | { readonly kind: "malformed" };

/** A host label and where it leads. */
export interface AliasRow {
  readonly label: string;
  readonly type: string;
  readonly appId: string | null;
  readonly target: string | null;
  /** The apps of a split label, in the order of their ids. */
  readonly split?: readonly SplitRoute[];
}

/** A domain that an app has besides its labels. */
export interface DomainHost {
  readonly fqdn: string;
  readonly role: string | null;
  readonly is_primary: number | null;
  /** Unix ms; nothing answers at a domain nobody showed to be theirs. */
  readonly verified_at: number | null;
}

/** A revision that answers at a label of its own. */
export interface PreviewHost {
  readonly label: string;
  readonly revision: number;
  /** Unix ms; from then on nothing answers there. */
  readonly expiresAt: number;
}

const ADMIN: Target = { kind: "admin" };
const ROOT: Target = { kind: "root" };
const NONE: Target = { kind: "none" };
const UNKNOWN: Target = { kind: "unknown" };
const MALFORMED: Target = { kind: "malformed" };
/** Works in every browser without DNS (RFC 6761 §6.3). */
const DEVELOPMENT_DOMAIN = "localhost";

/** Which app answers at which host: exact matches in memory, whatever the number of apps. */
export class HostTable {
  readonly #labels = new Map<string, Target>();
  readonly #labelsOf = new Map<string, Set<string>>();
  readonly #domains = new Map<string, Target>();
  readonly #ownerOf = new Map<string, string>();
  /** Domains an app is served at, the primary one first. */
  readonly #domainsOf = new Map<string, readonly string[]>();
  readonly #previews = new Map<string, PreviewHost & { readonly target: Target }>();
  readonly #previewsOf = new Map<string, readonly PreviewHost[]>();
  readonly #clock: Clock;
  #domain: string;

  constructor(
    { settings, clock = systemClock }: { readonly settings: Settings; readonly clock?: Clock },
  ) {
    this.#clock = clock;
    this.#domain = settings.get("server.domain");
    settings.watch("server.domain", (domain) => this.#domain = domain);
  }

  /** Reads every address from the database, at start. */
  load(reader: Connection): void {
    for (
      const { id } of reader.all<{ id: string }>("SELECT id FROM apps WHERE removed_at IS NULL")
    ) {
      this.addApp(id);
    }
    const aliases = reader.all<AliasRow>(
      "SELECT label, type, app_id AS appId, target FROM aliases",
    );
    const splits = Map.groupBy(
      reader.all<SplitRoute & { label: string }>(
        "SELECT label, app_id AS appId, weight FROM alias_splits ORDER BY label, app_id",
      ),
      ({ label }) => label,
    );
    for (const alias of aliases) this.setAlias({ ...alias, split: splits.get(alias.label) ?? [] });
    const previews = reader.all<{ id: string; name: string; n: number; expiresAt: number }>(
      "SELECT a.id, a.name, p.n, p.expires_at AS expiresAt FROM previews p " +
        "JOIN apps a ON a.id = p.app_id WHERE a.removed_at IS NULL",
    );
    for (const [id, rows] of Map.groupBy(previews, ({ id }) => id)) {
      this.setPreviews(
        id,
        rows.map((row) => ({
          label: previewLabel(row, row.n),
          revision: row.n,
          expiresAt: row.expiresAt,
        })),
      );
    }
    const domains = reader.all<DomainHost & { appId: string }>(
      "SELECT fqdn, app_id AS appId, role, is_primary, verified_at FROM domains",
    );
    for (const [appId, rows] of Map.groupBy(domains, ({ appId }) => appId)) {
      this.setDomains(appId, rows);
    }
  }

  /** What answers at the host of a `Host` header, port and all. */
  resolve(header: string): Target {
    const host = hostName(header);
    if (host === undefined) return MALFORMED;
    if (host === "127.0.0.1" || host === "[::1]") return ADMIN;
    // The node's own names first: no domain can take the dashboard's place.
    return this.#within(host, this.#domain) ?? this.#within(host, DEVELOPMENT_DOMAIN) ??
      this.#domains.get(host) ?? this.#withoutWww(host) ?? UNKNOWN;
  }

  /** From here on these are all the domains of an app; unverified ones lead nowhere. */
  setDomains(appId: string, domains: readonly DomainHost[]): void {
    this.#forgetDomains(appId);
    const known = domains.filter(({ verified_at }) => verified_at !== null)
      .sort((a, b) => (b.is_primary ?? 0) - (a.is_primary ?? 0));
    const serving = known.filter(({ role }) => role !== "redirect").map(({ fqdn }) => fqdn);
    const [primary] = serving;
    if (known.length > 0) this.#domainsOf.set(appId, serving);
    for (const { fqdn, role } of known) {
      this.#domains.set(
        fqdn,
        role === "redirect" && primary !== undefined
          ? { kind: "bare", domain: primary }
          : { kind: "app", appId },
      );
      this.#ownerOf.set(fqdn, appId);
    }
  }

  setAlias(alias: AliasRow): void {
    this.removeAlias(alias.label);
    // Whatever the database holds: the dashboard's host is nobody else's.
    if (RESERVED_LABELS.has(alias.label)) return;
    this.#labels.set(
      alias.label,
      alias.type === "proxy" && alias.appId !== null
        ? { kind: "app", appId: alias.appId }
        : alias.type === "redirect" && alias.target !== null
        ? { kind: "redirect", url: alias.target }
        : alias.type === "split" && alias.split !== undefined && alias.split.length > 0
        ? { kind: "split", routes: alias.split }
        : NONE,
    );
    if (alias.appId !== null) this.#labelSet(alias.appId).add(alias.label);
  }

  removeAlias(label: string): void {
    const before = this.#labels.get(label);
    this.#labels.delete(label);
    if (before?.kind === "app") this.#labelsOf.get(before.appId)?.delete(label);
  }

  /** From here on the app answers at its id as a label. */
  addApp(appId: string): void {
    this.#labels.set(appIdLabel(appId), { kind: "app", appId });
  }

  /** From here on these are all the previews of an app. */
  setPreviews(appId: string, previews: readonly PreviewHost[]): void {
    for (const { label } of this.#previewsOf.get(appId) ?? []) this.#previews.delete(label);
    if (previews.length === 0) this.#previewsOf.delete(appId);
    else this.#previewsOf.set(appId, previews);
    for (const preview of previews) {
      const target: Target = { kind: "preview", appId, revision: preview.revision };
      this.#previews.set(preview.label, { ...preview, target });
    }
  }

  /** The URL of a label under the node's domain; `base` is the node's own, with its port. */
  urlOf(label: string, base: string): string {
    const { protocol, port } = new URL(base);
    return `${protocol}//${label}.${this.#domain}${port ? `:${port}` : ""}`;
  }

  /** Forgets every address of an app. */
  removeApp(appId: string): void {
    this.setPreviews(appId, []);
    for (const label of this.#labelsOf.get(appId) ?? []) this.#labels.delete(label);
    this.#labelsOf.delete(appId);
    this.#labels.delete(appIdLabel(appId));
    this.#forgetDomains(appId);
  }

  /** Every URL an app answers at, the best first; `base` is the node's own, with its port. */
  urlsOf(appId: string, base: string): string[] {
    const { protocol, port } = new URL(base);
    const suffix = port ? `:${port}` : "";
    const labels = [...this.#labelsOf.get(appId) ?? [], appIdLabel(appId)];
    return [
      ...(this.#domainsOf.get(appId) ?? []).map((fqdn) => `${protocol}//${fqdn}${suffix}`),
      ...labels.map((label) => `${protocol}//${label}.${this.#domain}${suffix}`),
    ];
  }

  #forgetDomains(appId: string): void {
    this.#domainsOf.delete(appId);
    for (const [fqdn, owner] of this.#ownerOf) {
      if (owner !== appId) continue;
      this.#ownerOf.delete(fqdn);
      this.#domains.delete(fqdn);
    }
  }

  /** `www.` of a mapped domain leads to it, unless it is mapped itself. */
  #withoutWww(host: string): Target | undefined {
    if (!host.startsWith("www.")) return undefined;
    const target = this.#domains.get(host.slice(4));
    if (target?.kind === "bare") return target;
    return target && { kind: "bare", domain: host.slice(4) };
  }

  #labelSet(appId: string): Set<string> {
    let set = this.#labelsOf.get(appId);
    if (set === undefined) this.#labelsOf.set(appId, set = new Set());
    return set;
  }

  #within(host: string, domain: string): Target | undefined {
    if (host === domain) return ROOT;
    if (!host.endsWith(domain) || host[host.length - domain.length - 1] !== ".") return undefined;
    const label = host.slice(0, -domain.length - 1);
    const target = this.#labels.get(label);
    if (target !== undefined) return target;
    const preview = this.#previews.get(label);
    if (preview !== undefined) return preview.expiresAt > this.#clock() ? preview.target : NONE;
    if (label === "admin") return ADMIN;
    if (label === "root") return ROOT;
    if (label === "www") return { kind: "bare", domain };
    return RESERVED_LABELS.has(label) ? NONE : label.includes(".") ? UNKNOWN : NONE;
  }
}

/** The host of a `Host` header in lower case, without port and trailing dot; undefined if it is none. */
function hostName(header: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]{0,252}))(?::\d{1,5})?$/.exec(
    header.toLowerCase(),
  );
  const host = match?.[1];
  return host?.endsWith(".") ? host.slice(0, -1) : host;
}
