import assert from "node:assert/strict";
import type { FaztError } from "../../lib/fazt_error.ts";
import { ANN, APP, BEN, OTHER, withRd } from "./testing.ts";

/** A small generator of numbers that are the same at every run (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Parts of statements: what fits, what is somebody else's, and what is nonsense. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  TABLE:
    ('notes notes notes NOTES "notes" [notes] `notes` main.notes kv keys sqlite_master T V t v ' +
      "rd_tables json_each('[1]') (notes) x 'notes' temp.notes").split(" "),
  COLUMN: "* id title n user_id c_title rowid notes.id x.title hash fazt_scope() count(*) 1 NULL"
    .split(" "),
  FROM: [
    "{TABLE}",
    "{TABLE}",
    "{TABLE} AS x",
    "{TABLE} x, {TABLE}",
    "{TABLE} JOIN {TABLE} AS x",
    "({QUERY}) AS x",
    "{TABLE} LEFT JOIN {TABLE} x ON x.id = {COLUMN}",
  ],
  TEST: [
    "1",
    "id > {COLUMN}",
    "id IN ({QUERY})",
    "id IN {TABLE}",
    "EXISTS ({QUERY})",
    "title LIKE '%o%'",
    "({QUERY}) IS NOT NULL",
    "NOT {TEST}",
    "{TEST} OR {TEST}",
    "{WORD}",
  ],
  QUERY: [
    "SELECT {COLUMN} FROM {FROM}",
    "SELECT {COLUMN} FROM {FROM} WHERE {TEST}",
    "SELECT {COLUMN}, {COLUMN} FROM {FROM} WHERE {TEST} ORDER BY 1",
    "WITH x AS ({QUERY}) SELECT {COLUMN} FROM {FROM}",
    "WITH V AS ({QUERY}) SELECT * FROM V",
    "{QUERY} UNION ALL {QUERY}",
    "SELECT ({QUERY})",
    "VALUES ({COLUMN})",
  ],
  CHANGE: [
    "UPDATE {TABLE} SET title = ({QUERY})",
    "UPDATE {TABLE} SET {COLUMN} = 1 WHERE {TEST}",
    "DELETE FROM {TABLE} WHERE {TEST}",
    "INSERT INTO {TABLE} (title) {QUERY}",
    "INSERT OR REPLACE INTO {TABLE} (id, title) VALUES (1, ({QUERY}))",
    "{WORD} {TABLE}",
  ],
  WORD: [
    "--",
    "/*",
    "*/",
    ";",
    "PRAGMA",
    "RETURNING *",
    "x'00'",
    "DROP TABLE",
    "'",
    '"',
    "(",
    ")",
    "?",
  ],
};

function statement(random: (below: number) => number, part: string, depth = 0): string {
  const choices = PARTS[part]!;
  // What holds itself comes last: deep down only the first are taken.
  const chosen = choices[random(depth > 4 ? Math.min(2, choices.length) : choices.length)]!;
  return chosen.replaceAll(/\{(\w+)\}/g, (_, inner) => statement(random, inner, depth + 1));
}

Deno.test(
  "no SQL, however odd, shows or changes a row that is somebody else's",
  withRd(async (f) => {
    await f.fill();
    const [mine, others] = [APP, OTHER].map(({ appId }) => f.rd.tables(appId)[0]!.id);
    const random = numbers(20_260_729);
    const theirs = () =>
      Promise.all([APP, OTHER, BEN].map((o) => f.query(o, "SELECT * FROM notes")));
    const before = JSON.stringify(await theirs());
    const secret = new RegExp(
      `${OTHER.appId}|${BEN.userId}|usr_system|${mine}|${others}|CREATE|migrations`,
    );
    let ran = 0;
    for (let i = 0; i < 1500; i++) {
      const change = random(3) === 0;
      const sql = statement(random, change ? "CHANGE" : "QUERY")
        .replaceAll(/\bT\b/g, `rd_${mine}`).replaceAll(/\bV\b/g, `rdv_${mine}`)
        .replaceAll(/\bt\b/g, `rd_${others}`).replaceAll(/\bv\b/g, `rdv_${others}`);
      const asked = change
        ? f.rd.transaction(ANN, [{ sql, params: [] }])
        : f.rd.query(ANN, sql, []);
      const result = await asked.then((value) => {
        ran++;
        return JSON.stringify(value);
      }, (error: FaztError) => {
        assert.notEqual(error.code, "INTERNAL", sql);
        // A name that was asked for may be repeated.
        return /rdv?_/.test(sql) ? "" : error.message;
      });
      assert.doesNotMatch(result, secret, sql);
    }
    assert.equal(JSON.stringify(await theirs()), before);
    assert.ok(ran > 100, `only ${ran} statements were SQL`);
  }),
);
