import { type Database, operation } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import {
  type HostPattern,
  type HostPort,
  matchesHost,
  parseHostPattern,
} from "../lib/host_pattern.ts";

/** What the owner said about the hosts of a pattern. */
export interface EgressRule {
  /** undefined: every app. */
  readonly appId?: string;
  readonly pattern: string;
  readonly action: "allow" | "deny";
  readonly userId: string;
  readonly createdAt: number;
}

/** A rule to write. */
export interface RuleInput {
  /** Left out: every app. */
  readonly appId?: string | undefined;
  /** See {@link parseHostPattern}. */
  readonly pattern: string;
  /** Whose word it is. */
  readonly userId: string;
}

interface RuleRow {
  readonly app_id: string;
  readonly pattern: string;
  readonly user_id: string;
  readonly action: "allow" | "deny";
  readonly created_at: number;
}

/** How the rows of every app are marked. */
const EVERY_APP = "";
/** Rules one app, or all apps together, can have: each request reads them. */
const MAX_RULES = 500;

const putRule = operation("egress.rules.put", (db, p: RuleRow) => {
  const { n } = db.get<{ n: number }>(
    "SELECT count(*) AS n FROM egress_rules WHERE app_id = ? AND pattern <> ?",
    p.app_id,
    p.pattern,
  )!;
  if (n >= MAX_RULES) {
    throw new FaztError("QUOTA", `Cannot add a rule: there are ${n}, as many as there may be`);
  }
  db.run(
    "INSERT INTO egress_rules VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
      "user_id = excluded.user_id, action = excluded.action, created_at = excluded.created_at",
    p.app_id,
    p.pattern,
    p.user_id,
    p.action,
    p.created_at,
  );
});
const dropRule = operation(
  "egress.rules.drop",
  (db, p: { readonly appId: string; readonly pattern: string }) =>
    db.run("DELETE FROM egress_rules WHERE app_id = ? AND pattern = ?", p.appId, p.pattern) > 0,
);
/** The writes of rules. */
export const RULE_WRITES = [putRule, dropRule];

/** Which hosts the owner lets apps reach; no grant reaches further. */
export class EgressRules {
  constructor(private readonly db: Database, private readonly now: Clock) {}

  /** Rules of one app and those of every app; without an id, all there are. */
  list(appId?: string): EgressRule[] {
    const rows = appId === undefined
      ? this.db.reader.all<RuleRow>("SELECT * FROM egress_rules ORDER BY app_id, pattern")
      : this.#rows(appId);
    return rows.map((row) => ({
      ...(row.app_id === EVERY_APP ? {} : { appId: row.app_id }),
      pattern: row.pattern,
      action: row.action,
      userId: row.user_id,
      createdAt: row.created_at,
    }));
  }

  /**
   * From here on these hosts may be reached, and of all others only those also allowed.
   * A rule for the same pattern is replaced.
   */
  allow(input: RuleInput): Promise<EgressRule> {
    return this.#put(input, "allow");
  }

  /** From here on these hosts may not be reached, whatever else allows them. */
  deny(input: RuleInput): Promise<EgressRule> {
    return this.#put(input, "deny");
  }

  /** Tells whether there was such a rule. */
  remove(rule: Omit<RuleInput, "userId">): Promise<boolean> {
    const pattern = parseHostPattern(rule.pattern).text;
    return this.db.write(dropRule, { appId: rule.appId ?? EVERY_APP, pattern });
  }

  /** Why the owner's rules stop a request of an app; undefined when they do not. */
  objection(appId: string, target: HostPort): string | undefined {
    const rows = this.#rows(appId);
    const matching = rows.filter((row) => {
      const pattern = read(row.pattern);
      return pattern !== undefined && matchesHost(pattern, target);
    });
    const denied = matching.find((row) => row.action === "deny");
    if (denied) return `the owner denies ${denied.pattern}`;
    const listed = rows.some((row) => row.action === "allow");
    return listed && matching.length === 0 ? "it is not on the owner's allow-list" : undefined;
  }

  async #put(input: RuleInput, action: EgressRule["action"]): Promise<EgressRule> {
    const { appId, userId } = input;
    const pattern = parseHostPattern(input.pattern).text;
    const createdAt = this.now();
    await this.db.write(putRule, {
      app_id: appId ?? EVERY_APP,
      pattern,
      user_id: userId,
      action,
      created_at: createdAt,
    });
    return { ...(appId === undefined ? {} : { appId }), pattern, action, userId, createdAt };
  }

  #rows(appId: string): RuleRow[] {
    return this.db.reader.all<RuleRow>(
      "SELECT * FROM egress_rules WHERE app_id IN ('', ?) ORDER BY app_id, pattern",
      appId,
    );
  }
}

/** The kinds of grants that open hosts. */
export type NetGrant = "net:fetch" | "net:connect" | "net:direct";

/** Whether an app's approved grants of a kind open a host: `net:fetch`, or `<kind>:<pattern>`. */
export function grantsHost(
  grants: ReadonlySet<string>,
  target: HostPort,
  kind: NetGrant = "net:fetch",
): boolean {
  if (kind === "net:fetch" && grants.has(kind)) return true;
  for (const grant of grants) {
    if (!grant.startsWith(`${kind}:`)) continue;
    const pattern = read(grant.slice(kind.length + 1));
    if (pattern && matchesHost(pattern, target)) return true;
  }
  return false;
}

/** Patterns already read; far fewer than requests. */
const known = new Map<string, HostPattern | undefined>();

/** A pattern that was accepted once; one that cannot be read means no host. */
function read(text: string): HostPattern | undefined {
  if (known.has(text)) return known.get(text);
  if (known.size >= 1000) known.clear();
  let pattern: HostPattern | undefined;
  try {
    pattern = parseHostPattern(text);
  } catch {
    pattern = undefined;
  }
  known.set(text, pattern);
  return pattern;
}
