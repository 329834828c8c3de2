import { randomBytes } from "node:crypto";
import { type Actor, type AppActivity, type Attempt, audited } from "../../apps/mod.ts";
import type { Settings } from "../../config/mod.ts";
import type { Database } from "../../db/mod.ts";
import { FaztError, toFaztError } from "../../lib/fazt_error.ts";
import { newId } from "../../lib/ids.ts";
import { nearest } from "../../lib/nearest.ts";
import { type Attention, isWithin, wordsOf } from "../certificates/mod.ts";
import type { Resolver } from "../dns/mod.ts";
import type { HostTable } from "../hosts.ts";
import { checkDomain, type NodeNames, wantedRecords } from "./domain_check.ts";
import { parseDomain } from "./domain_name.ts";
import {
  changeDomain,
  checkedDomain,
  type DomainRow,
  mapDomain,
  unmapDomain,
} from "./operations.ts";
import type { AppDomain, Domain, DomainInput, DomainRole } from "./shapes.ts";

/** What {@link Domains} work with. */
export interface DomainsDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: () => number;
  readonly hosts: HostTable;
  readonly resolver: Resolver;
  /** The app a reference means. @throws {FaztError} `NOT_FOUND` */
  readonly app: (ref: string) => { readonly id: string; readonly name: string };
  /** The name of an app that is there. */
  readonly nameOf: (appId: string) => string | undefined;
  readonly baseUrl: () => string;
  /** What an app answers at is another now. */
  readonly changed: (appId: string) => void;
  /** The certificate of a host, as far as there is one. */
  readonly certificate: (host: string) => Domain["certificate"];
  readonly record: (activity: AppActivity) => void;
  readonly tell: (type: "verified" | "broken", data: Readonly<Record<string, unknown>>) => void;
}

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Domains that are looked at in one round. */
const ROUND = 10;
const ADDRESSES_MS = 60 * SECOND_MS;

/** Domains that people bring: mapped to apps, served once the DNS shows that they are theirs. */
export class Domains {
  #known: { readonly at: number; readonly names: NodeNames } | undefined;

  constructor(private readonly deps: DomainsDeps) {
    for (const key of ["server.domain", "server.addresses", "dns.servers"] as const) {
      deps.settings.watch(key, () => this.#known = undefined);
    }
  }

  /** Every domain, or those of an app, by name. */
  async list(ref?: string): Promise<Domain[]> {
    const appId = ref === undefined ? undefined : this.deps.app(ref).id;
    const node = await this.#node();
    return this.#rows(appId).map((row) => this.#view(row, node));
  }

  /** Domains of an app in a few words, the primary one first. */
  ofApp(appId: string): AppDomain[] {
    return this.#rows(appId).map(brief).sort((a, b) => Number(b.primary) - Number(a.primary));
  }

  /** @throws {FaztError} `NOT_FOUND` naming the nearest one. */
  async info(text: string): Promise<Domain> {
    return this.#view(this.#row(text), await this.#node());
  }

  /**
   * Maps a domain to an app and looks at the DNS at once. What is not verified is not served.
   * @throws {FaztError} `INVALID`, `CONFLICT`, `QUOTA`, `NOT_FOUND`
   */
  map(input: DomainInput, by: Actor): Promise<Domain> {
    const { db, settings, clock } = this.deps;
    const details = { app: input.app, role: input.role, primary: input.primary };
    return this.#audited("domain.map", { by, target: input.domain, details }, async () => {
      const { domain } = parseDomain(input.domain);
      this.#refuseOwn(domain);
      const app = this.deps.app(input.app);
      const { role = "serve", primary = false } = input;
      if (primary && role === "redirect") {
        throw new FaztError("INVALID", `Cannot make ${domain} primary: it is to redirect`, {
          hint: "leave out --redirect or --primary",
        });
      }
      await db.write(mapDomain, {
        row: {
          fqdn: domain,
          id: newId("dom"),
          app_id: app.id,
          created_at: clock(),
          user_id: by.userId,
          role,
          proof: randomBytes(20).toString("hex"),
        },
        primary,
        max: settings.get("limits.domains.perApp"),
      });
      await this.#check(this.#row(domain));
      this.#apply(app.id);
      return await this.info(domain);
    });
  }

  /** @throws {FaztError} `NOT_FOUND`, `INVALID` */
  change(
    text: string,
    change: { readonly role?: DomainRole | undefined; readonly primary?: true | undefined },
    by: Actor,
  ): Promise<Domain> {
    return this.#audited("domain.change", { by, target: text, details: change }, async () => {
      const { fqdn, app_id } = this.#row(text);
      const { role, primary } = change;
      await this.deps.db.write(changeDomain, {
        fqdn,
        ...(role === undefined ? {} : { role }),
        ...(primary === undefined ? {} : { primary }),
      });
      this.#apply(app_id);
      return await this.info(fqdn);
    });
  }

  /** Looks at the DNS now. @throws {FaztError} `NOT_FOUND` */
  verify(text: string, by: Actor): Promise<Domain> {
    return this.#audited("domain.verify", { by, target: text }, async () => {
      this.#known = undefined;
      const row = this.#row(text);
      await this.#check(row);
      return await this.info(row.fqdn);
    });
  }

  /** Takes a domain from its app: nothing answers there any more. @throws {FaztError} `NOT_FOUND` */
  unmap(text: string, by: Actor): Promise<string> {
    return this.#audited("domain.unmap", { by, target: text }, async () => {
      const { fqdn, app_id } = this.#row(text);
      await this.deps.db.write(unmapDomain, { fqdn });
      this.#apply(app_id);
      return fqdn;
    });
  }

  /** Looks at domains whose time has come. For the supervisor. */
  async tick(): Promise<void> {
    const due = this.deps.db.reader.all<DomainRow>(
      "SELECT * FROM domains WHERE coalesce(next_check_at, 0) <= ? ORDER BY next_check_at LIMIT ?",
      this.deps.clock(),
      ROUND,
    );
    for (const row of due) await this.#check(row);
  }

  /** Domains that need the owner. */
  attention(): Attention[] {
    return this.#rows().flatMap((row) => {
      const { state } = brief(row);
      if (state === "active" || row.checked_at === null) return [];
      return [{
        code: state === "pending" ? "DOMAIN_PENDING" : "DOMAIN_BROKEN",
        message: row.problem ?? `${row.fqdn} is not shown to be yours`,
        hint: `fazt net domain verify ${row.fqdn}`,
        target: row.fqdn,
        at: row.checked_at,
      }];
    });
  }

  #audited<T>(action: string, attempt: Attempt, work: () => Promise<T>): Promise<T> {
    const { record, db } = this.deps;
    const appId = () =>
      db.reader.get<{ app_id: string }>(
        "SELECT app_id FROM domains WHERE fqdn = ?",
        attempt.target.toLowerCase(),
      )?.app_id;
    return audited(record, { ...attempt, action, appId }, work);
  }

  /** A name of the node's own leads where its labels say. */
  #refuseOwn(domain: string): void {
    const own = this.deps.settings.get("server.domain");
    for (const zone of [own, "localhost"]) {
      if (!isWithin(domain, zone)) continue;
      const label = domain === zone ? "" : domain.slice(0, -zone.length - 1);
      throw new FaztError("INVALID", `Cannot map ${domain}: it is a name of this node itself`, {
        hint: label === "" || label.includes(".")
          ? "apps answer as APP." + zone
          : `fazt app link APP ${label}`,
      });
    }
  }

  /** Looks at the DNS for a domain and writes down what it said. */
  async #check(row: DomainRow): Promise<void> {
    const { db, clock, resolver, tell, nameOf } = this.deps;
    const at = clock();
    const before = brief(row).state;
    const result = await this.#node().then((node) =>
      checkDomain({ domain: row.fqdn, proof: row.proof ?? row.id, node, resolver })
    ).catch((error) => {
      // That nobody answered says nothing about whose it is.
      const problem = toFaztError(error).message;
      return { verified: before === "active", seen: JSON.parse(row.seen ?? "[]"), problem };
    });
    const problem = result.problem ?? null;
    await db.write(checkedDomain, {
      fqdn: row.fqdn,
      id: row.id,
      at,
      nextAt: at + untilNext(row, result.verified),
      verified: result.verified,
      problem,
      seen: JSON.stringify(result.seen),
    });
    const now = this.#find(row.fqdn);
    if (now === undefined) return;
    const { state } = brief(now);
    if (state === before) return;
    if (before === "pending") this.#apply(row.app_id);
    tell(state === "broken" ? "broken" : "verified", {
      domain: row.fqdn,
      app: nameOf(row.app_id),
      ...(problem === null ? {} : { problem }),
    });
  }

  #apply(appId: string): void {
    this.deps.hosts.setDomains(appId, this.#rows(appId));
    this.deps.changed(appId);
  }

  async #node(): Promise<NodeNames> {
    const { settings, resolver, clock } = this.deps;
    if (this.#known !== undefined && clock() - this.#known.at < ADDRESSES_MS) {
      return this.#known.names;
    }
    const domain = settings.get("server.domain");
    const set = wordsOf(settings.get("server.addresses"));
    const look = (type: "A" | "AAAA") => resolver.records(domain, type).catch(() => []);
    const addresses = set.length > 0 || isWithin(domain, "localhost")
      ? set
      : (await Promise.all([look("A"), look("AAAA")])).flat();
    const names = { domain, addresses };
    this.#known = { at: clock(), names };
    return names;
  }

  #rows(appId?: string): DomainRow[] {
    const { reader } = this.deps.db;
    return appId === undefined
      ? reader.all<DomainRow>("SELECT * FROM domains ORDER BY fqdn")
      : reader.all<DomainRow>("SELECT * FROM domains WHERE app_id = ? ORDER BY fqdn", appId);
  }

  #find(fqdn: string): DomainRow | undefined {
    return this.deps.db.reader.get<DomainRow>("SELECT * FROM domains WHERE fqdn = ?", fqdn);
  }

  #row(text: string): DomainRow {
    const row = this.#find(parseDomain(text).domain);
    if (row !== undefined) return row;
    const near = nearest(text, this.#rows().map(({ fqdn }) => fqdn));
    throw new FaztError("NOT_FOUND", `There is no domain ${JSON.stringify(text.slice(0, 100))}`, {
      hint: near ? `did you mean ${near}?` : "fazt net domain list shows every domain",
    });
  }

  #view(row: DomainRow, node: NodeNames): Domain {
    const { protocol, port } = new URL(this.deps.baseUrl() || "http://localhost");
    const seen = JSON.parse(row.seen ?? "[]");
    const certificate = row.verified_at === null ? undefined : this.deps.certificate(row.fqdn);
    const { warnings } = parseDomain(row.fqdn);
    return {
      ...brief(row),
      id: row.id,
      appId: row.app_id,
      app: this.deps.nameOf(row.app_id) ?? row.app_id,
      url: `${protocol}//${row.fqdn}${port ? `:${port}` : ""}`,
      createdAt: row.created_at,
      ...(row.verified_at === null ? {} : { verifiedAt: row.verified_at }),
      ...(row.checked_at === null ? {} : {
        checkedAt: row.checked_at,
        check: { seen, ...(row.problem === null ? {} : { problem: row.problem }) },
      }),
      records: wantedRecords({ domain: row.fqdn, proof: row.proof ?? row.id, node, seen }),
      warnings,
      ...(certificate === undefined ? {} : { certificate }),
    };
  }
}

function brief(row: DomainRow): AppDomain {
  const { domain, unicode } = parseDomain(row.fqdn);
  return {
    domain,
    ...(unicode === undefined ? {} : { unicode }),
    role: row.role === "redirect" ? "redirect" : "serve",
    primary: row.is_primary === 1,
    state: row.verified_at === null ? "pending" : row.unproved === 1 ? "broken" : "active",
  };
}

/** A new domain is looked at often, one that works once a day. */
function untilNext({ checks, verified_at }: DomainRow, verified: boolean): number {
  if (verified) return DAY_MS;
  if (verified_at !== null) return HOUR_MS;
  return Math.min(HOUR_MS, 5 * SECOND_MS * 1.5 ** Math.min(checks ?? 0, 20));
}
