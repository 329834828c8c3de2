import { type Connection, operation, type SqlValue } from "../db/mod.ts";
import { BLOB_REFERENCES } from "../fs/operations.ts";
import { DYNAMIC_TABLES, type DynamicTables } from "../storage/operations.ts";
import { appOf, type OwnedTable, ownedTables, quote, treatmentOf } from "./table_operations.ts";

/** Ids of persons, as opposed to the sentinels and the ids of keys. */
const PERSON = "user_id GLOB 'usr_????????????'";

/** What one app holds of a person; `appId` is null for what belongs to the node. */
export interface PersonShare {
  readonly appId: string | null;
  readonly rows: number;
  /** What the app's quotas count. */
  readonly bytes: number;
}

/** A person some row belongs to. */
export interface PersonRow {
  readonly userId: string;
  readonly apps: readonly PersonShare[];
}

const tablesOf = (db: Connection, pillars: readonly DynamicTables[]) =>
  ownedTables(db, pillars).filter(({ name, hasUser }) =>
    hasUser && name !== "erasures" && name !== "storage_usage"
  );

/** Long read: persons by id, with what each app holds of them. Pages by id. */
export const listPeople = operation(
  "ownership.list",
  (
    db,
    p: {
      readonly after: string;
      readonly limit: number;
      readonly pillars?: readonly DynamicTables[];
    },
  ): PersonRow[] => {
    const tables = tablesOf(db, p.pillars ?? DYNAMIC_TABLES);
    const ids = new Set<string>();
    for (const { name } of [...tables, { name: "storage_usage" }, { name: "erasures" }]) {
      for (
        const row of db.all<{ user_id: string }>(
          `SELECT DISTINCT user_id FROM ${quote(name)} WHERE ${PERSON} AND user_id > ? ` +
            "ORDER BY user_id LIMIT ?",
          p.after,
          p.limit,
        )
      ) ids.add(row.user_id);
    }
    const page = [...ids].sort().slice(0, p.limit);
    const last = page.at(-1);
    if (last === undefined) return [];
    const shares = new Map(page.map((id) => [id, new Map<string | null, PersonShare>()]));
    const add = (
      rows: readonly { user_id: string; app: string | null; n: number; b: number }[],
    ) => {
      for (const { user_id, app, n, b } of rows) {
        const of = shares.get(user_id);
        const before = of?.get(app) ?? { rows: 0, bytes: 0 };
        of?.set(app, { appId: app, rows: before.rows + n, bytes: before.bytes + b });
      }
    };
    const range = `WHERE ${PERSON} AND user_id > ? AND user_id <= ? GROUP BY 1, 2`;
    for (const table of tables) {
      add(db.all(
        `SELECT user_id, ${appOf(table)} AS app, count(*) AS n, 0 AS b FROM ` +
          `${quote(table.name)} ${range}`,
        p.after,
        last,
      ));
    }
    add(db.all(
      `SELECT user_id, app_id AS app, 0 AS n, sum(bytes) AS b FROM storage_usage ${range}`,
      p.after,
      last,
    ));
    return page.map((userId) => ({ userId, apps: [...shares.get(userId)!.values()] }));
  },
);

/** A table that holds rows of a person, by app. */
export interface PersonTable {
  readonly table: string;
  readonly appId: string | null;
}

/** Long read: where rows of a person are. */
export const tablesOfPerson = operation(
  "ownership.tables",
  (
    db,
    p: { readonly userId: string; readonly pillars?: readonly DynamicTables[] },
  ): PersonTable[] =>
    tablesOf(db, p.pillars ?? DYNAMIC_TABLES)
      // A credential is nothing to hand out, and nothing the person would not have.
      .filter(({ name }) => treatmentOf(name) !== "credentials")
      .flatMap((table) =>
        db.all<{ app: string | null }>(
          `SELECT DISTINCT ${appOf(table)} AS app FROM ${quote(table.name)} WHERE user_id = ? ` +
            "ORDER BY 1",
          p.userId,
        ).map(({ app }) => ({ table: table.name, appId: app }))
      ),
);

/** A page of a person's rows. */
export interface RowPage {
  /** Each a JSON object. */
  readonly rows: readonly string[];
  /** Blobs they name. */
  readonly cids: readonly string[];
  /** Where the next page begins; undefined at the end. */
  readonly next?: readonly SqlValue[];
}

/** Long read: a page of a person's rows of one app in one table. */
export const pageOfRows = operation(
  "ownership.page",
  (
    db,
    p: PersonTable & {
      readonly userId: string;
      readonly after: readonly SqlValue[] | undefined;
      readonly limit: number;
      readonly pillars?: readonly DynamicTables[];
    },
  ): RowPage => {
    const table = ownedTables(db, p.pillars ?? DYNAMIC_TABLES).find(({ name }) => name === p.table);
    if (!table) return { rows: [], cids: [] };
    const key = table.key.join(", ");
    const blobs = BLOB_REFERENCES.filter(([of]) => of === table.name).map(([, column]) => column);
    const past = p.after ? ` AND (${key}) > (${table.key.map(() => "?").join(", ")})` : "";
    const rows = db.all(
      `SELECT ${jsonOf(table)} AS json, ${
        [...table.key, ...blobs].map((c, i) => `${c} AS c${i}`)
      } ` +
        `FROM ${quote(table.name)} WHERE user_id = ? AND ${appOf(table)} IS ?${past} ` +
        `ORDER BY ${key} LIMIT ?`,
      p.userId,
      p.appId,
      ...p.after ?? [],
      p.limit,
    );
    const last = rows.at(-1);
    return {
      rows: rows.map((row) => String(row.json)),
      cids: rows.flatMap((row) => blobs.map((_, i) => row[`c${table.key.length + i}`]))
        .filter((cid) => typeof cid === "string"),
      ...(rows.length === p.limit && last ? { next: table.key.map((_, i) => last[`c${i}`]!) } : {}),
    };
  },
);

/** A row as JSON: bytes as `{"$hex"}`, whole numbers that JSON readers would round as text. */
function jsonOf({ columns, pillar }: OwnedTable): string {
  const parts = columns.flatMap((name) => {
    const column = quote(name);
    const value = pillar?.jsonb?.includes(name)
      ? `json(json(${column}))`
      : `CASE typeof(${column}) ` +
        `WHEN 'blob' THEN json_object('$hex', hex(${column})) ` +
        `WHEN 'integer' THEN iif(abs(${column}) > 9007199254740991, CAST(${column} AS TEXT), ` +
        `${column}) ELSE ${column} END`;
    return [`'${name.replaceAll("'", "''")}'`, value];
  });
  return `json_object(${parts.join(", ")})`;
}
