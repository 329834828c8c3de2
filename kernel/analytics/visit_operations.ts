import { type Connection, operation } from "../db/mod.ts";
import { ANONYMOUS_USER } from "../lib/ids.ts";
import { NAME_KINDS, type NameKind, OTHER } from "./names.ts";
import type { NameCount, Pending } from "./pending.ts";
import { startOf, type Step, STEPS } from "./steps.ts";

/** What came to an app's counts. */
export interface VisitRow {
  readonly appId: string;
  readonly visitors: { readonly [S in Step]: number };
  /** In the order of {@link COLUMNS}, without visitors. */
  readonly values: readonly number[];
}

/** The numbers of a row, visitors first. */
export const COLUMNS: readonly string[] = [
  "visitors",
  "views",
  "events",
  "requests",
  "bytes_in",
  "bytes_out",
  ...[1, 2, 3, 4, 5].map((n) => `s${n}`),
  ...Array.from({ length: 16 }, (_, n) => `l${n}`),
];

/** Names of one app and kind kept in an hour and in a day; the rest is one row. */
const CAPS = { hour: 200, day: 1000 } as const;
/** Names in one write: others wait for it. */
const PART = 400;
/** Rows deleted in one write. */
const TRIM = 5000;

/** What was counted as a row. */
export function visitRow(appId: string, pending: Pending): VisitRow {
  const classes = [0, 0, 0, 0, 0];
  let requests = 0;
  for (const [status, n] of pending.statuses) {
    requests += n;
    const at = Math.min(5, Math.max(1, Math.floor(status / 100))) - 1;
    classes[at]! += n;
  }
  return {
    appId,
    visitors: { ...pending.visitors },
    values: [
      pending.views,
      pending.events,
      requests,
      pending.bytesIn,
      pending.bytesOut,
      ...classes,
      ...pending.latencies,
    ],
  };
}

/** The names that were counted, in parts of a size that may be written at once. */
export function nameRows(pending: Pending): {
  readonly kind: NameKind;
  readonly names: readonly (readonly [string, NameCount])[];
}[] {
  return [...pending.names].flatMap(([kind, names]) => {
    const all = [...names];
    const parts = [];
    for (let i = 0; i < all.length; i += PART) parts.push({ kind, names: all.slice(i, i + PART) });
    return parts;
  });
}

/** Adds to the running minute, hour and day of an app. */
export const addVisits = operation(
  "visits.add",
  (db, p: { readonly at: number; readonly row: VisitRow }) => {
    const { appId, visitors, values } = p.row;
    const keys = ["app_id", "step", "at", "user_id"];
    const marks = [...keys, ...COLUMNS].map(() => "?").join(", ");
    const sums = COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`).join(", ");
    for (const step of ["minute", "hour", "day"] as const) {
      db.run(
        `INSERT INTO visit_counts (${[...keys, ...COLUMNS].join(", ")}) VALUES (${marks}) ` +
          `ON CONFLICT DO UPDATE SET ${sums}`,
        ...[appId, STEPS[step], startOf(step, p.at), ANONYMOUS_USER],
        ...[visitors[step], ...values],
      );
    }
  },
);

/** Adds names to the running hour and day of an app. */
export const addNames = operation("visits.names", (db, p: {
  readonly at: number;
  readonly appId: string;
  readonly kind: NameKind;
  readonly names: readonly (readonly [string, NameCount])[];
}) => {
  for (const step of ["hour", "day"] as const) {
    const group: Group = {
      appId: p.appId,
      step: STEPS[step],
      kind: p.kind,
      at: startOf(step, p.at),
    };
    for (const [name, count] of fitting(db, { group, cap: CAPS[step], names: p.names })) {
      db.run(
        "INSERT INTO visit_names (app_id, step, at, kind, name, user_id, views, visitors) " +
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
          "views = views + excluded.views, visitors = visitors + excluded.visitors",
        ...[group.appId, group.step, group.at, group.kind, name, ANONYMOUS_USER],
        ...[count.views, count.visitors],
      );
    }
  }
});

/** Names that are counted together. */
interface Group {
  readonly appId: string;
  readonly step: number;
  readonly at: number;
  readonly kind: NameKind;
}

const OF_GROUP = "app_id = ? AND step = ? AND kind = ? AND at = ?";
const keyOf = ({ appId, step, kind, at }: Group) => [appId, step, kind, at] as const;

/**
 * What of `names` may be written. When there would be too many, those seen least make room, the
 * old ones too, and are counted as {@link OTHER}: a flood of names that are each seen once does
 * not push out what people really look at.
 */
function fitting(db: Connection, { group, cap, names }: {
  readonly group: Group;
  readonly cap: number;
  readonly names: readonly (readonly [string, NameCount])[];
}): readonly (readonly [string, NameCount])[] {
  const n = db.get<{ n: number }>(
    `SELECT count(*) AS n FROM visit_names WHERE ${OF_GROUP}`,
    ...keyOf(group),
  )!.n;
  if (n + names.length <= cap) return names;
  const fresh = new Map(names);
  const old = db.all<{ name: string; views: number; visitors: number }>(
    `SELECT name, views, visitors FROM visit_names WHERE ${OF_GROUP}`,
    ...keyOf(group),
  );
  const known = new Set(old.map(({ name }) => name));
  // Of those seen equally often, new ones stay: else a flood would close the list for the day.
  const all = [
    ...names.filter(([name]) => !known.has(name))
      .map(([name, { views, visitors }]) => ({ name, views, visitors })),
    ...old.map(({ name, views, visitors }) => ({
      name,
      views: views + (fresh.get(name)?.views ?? 0),
      visitors,
    })),
  ].filter(({ name }) => name !== OTHER).sort((a, b) => b.views - a.views);
  const rest = { views: fresh.get(OTHER)?.views ?? 0, visitors: fresh.get(OTHER)?.visitors ?? 0 };
  for (const { name, views, visitors } of all.slice(cap)) {
    const add = known.has(name) ? fresh.get(name)?.visitors ?? 0 : 0;
    rest.views += views;
    rest.visitors += visitors + add;
    if (known.has(name)) {
      db.run(`DELETE FROM visit_names WHERE ${OF_GROUP} AND name = ?`, ...keyOf(group), name);
    }
    fresh.delete(name);
  }
  if (rest.views > 0 || rest.visitors > 0) fresh.set(OTHER, rest);
  return [...fresh];
}

/** Deletes some of what is older than `before`; returns how many rows, 0 when none is left. */
export const trimVisits = operation(
  "visits.trim",
  (db, p: { readonly step: number; readonly before: number }) => {
    let gone = db.run(
      "DELETE FROM visit_counts WHERE (app_id, step, at, user_id) IN (SELECT app_id, step, at, " +
        "user_id FROM visit_counts WHERE step = ? AND at < ? LIMIT ?)",
      p.step,
      p.before,
      TRIM,
    );
    for (const kind of NAME_KINDS) {
      gone += db.run(
        "DELETE FROM visit_names WHERE (app_id, step, kind, at, name, user_id) IN (SELECT app_id, " +
          "step, kind, at, name, user_id FROM visit_names WHERE step = ? AND kind = ? AND at < ? " +
          "LIMIT ?)",
        ...[p.step, kind, p.before, TRIM],
      );
    }
    return gone;
  },
  { essential: true },
);

/** Deletes some of what was counted of an app, or of all; returns how many rows. */
export const forgetVisits = operation(
  "visits.forget",
  (db, p: { readonly appId: string | null }) => {
    const of = p.appId === null ? "1" : "app_id = ?1";
    const params = p.appId === null ? [] : [p.appId];
    return db.run(
      "DELETE FROM visit_counts WHERE (app_id, step, at, user_id) IN " +
        `(SELECT app_id, step, at, user_id FROM visit_counts WHERE ${of} LIMIT ${TRIM})`,
      ...params,
    ) + db.run(
      "DELETE FROM visit_names WHERE (app_id, step, kind, at, name, user_id) IN (SELECT app_id, " +
        `step, kind, at, name, user_id FROM visit_names WHERE ${of} LIMIT ${TRIM})`,
      ...params,
    );
  },
  { essential: true },
);
