import assert from "node:assert/strict";
import type { FaztError } from "../../lib/fazt_error.ts";
import { APP, OTHER, refused, withRd } from "./testing.ts";

/** Statements that would run for hours, or fill memory, if nothing held them. */
const BOMBS: readonly string[] = [
  "SELECT count(*) FROM numbers a, numbers b, numbers c, numbers d",
  "SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.m + b.m + c.m < 0",
  "SELECT count(*) FROM numbers a JOIN numbers b ON a.m <> b.m LEFT JOIN numbers c ON c.m > b.m",
  "SELECT * FROM numbers a, numbers b ORDER BY a.n * b.m, b.n",
  "SELECT count(*) FROM (SELECT DISTINCT a.n, b.n FROM numbers a, numbers b)",
  "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
  "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE fazt_tick(x)) " +
  "SELECT count(*) FROM c",
  "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c, numbers) SELECT count(*) FROM c",
  "WITH RECURSIVE c(x) AS (SELECT 'ab' UNION ALL SELECT x || x FROM c) SELECT length(x) FROM c",
  `WITH t(x) AS (VALUES ${"(1),".repeat(400)}(1)) ` +
  "SELECT count(*) FROM t a, t b, t c, t d, t e, t f",
  "SELECT count(*) FROM json_each(?1) a, json_each(?1) b, json_each(?1) c, json_each(?1) d",
  "WITH j AS (SELECT value FROM json_each(?1)) SELECT count(*) FROM j a, j b, j c, j d",
  "SELECT (SELECT count(*) FROM json_each(?1) b WHERE b.value <> a.value) FROM json_each(?1) a",
  "WITH g AS (SELECT n % 5000 AS k, count(*) AS c FROM numbers GROUP BY 1) " +
  "SELECT count(*) FROM g a, g b, g c WHERE a.c <> b.k",
  `SELECT count(*) FROM numbers WHERE m IN (${list(500)}) AND n IN (${list(500)})`,
  "SELECT count(*) FROM numbers WHERE m IN (SELECT -n FROM numbers) AND n IN (SELECT n FROM numbers)",
  "SELECT sum(n) OVER (ORDER BY m ROWS BETWEEN 9999 PRECEDING AND 9999 FOLLOWING EXCLUDE TIES) " +
  "FROM numbers",
  "SELECT group_concat(?1) FROM numbers a, numbers b",
  "SELECT replace(replace(replace(?1, '1', ?1), '2', ?1), '3', ?1)",
  "SELECT ?1 LIKE '%' || replace(?1, ',', '_%') || '%'",
  "SELECT count(*) FROM numbers WHERE ?1 GLOB '*1*2*3*4*5*6*7*8*9*x' || n",
  "SELECT printf('%.1000000d', 1) || printf('%1000000s', 1)",
  "SELECT count(*) FROM numbers WHERE length(printf('%999999d', n)) > 0",
  "SELECT hex(hex(hex(hex(hex(?1)))))",
  `SELECT ${"hex(".repeat(70)}1${")".repeat(70)}`,
  `SELECT ${Array.from({ length: 300 }, () => "upper(?1)").join(" || ")}`,
  `SELECT ${"(".repeat(200)}1${")".repeat(200)} ${"+ (1".repeat(200)}${")".repeat(200)}`,
  `SELECT 1 IN (${list(20_000)})`,
  `WITH a0 AS (SELECT 1 x)${
    Array.from(
      { length: 40 },
      (_, i) => `, a${i + 1} AS (SELECT x FROM a${i} UNION ALL SELECT x FROM a${i})`,
    ).join("")
  } SELECT count(*) FROM a40`,
  `SELECT * FROM ${Array.from({ length: 70 }, (_, i) => `numbers x${i}`).join(", ")}`,
  `SELECT 1 ${"UNION ALL SELECT 1 ".repeat(2000)}`,
];

function list(n: number): string {
  return Array.from({ length: n }, (_, i) => i + 1_000_000).join();
}

/** A long text of numbers, of about 900 KB. */
const LONG = `[${Array.from({ length: 130_000 }, (_, i) => i).join()}]`;

Deno.test(
  "a statement that would run for hours ends in its time, and another app does not wait for it",
  withRd(async (f) => {
    await f.settings.set("limits.storage.rd.queryMs", 300, f.now);
    await f.fill(20_000);
    await f.query(OTHER, "SELECT 1");
    for (const sql of BOMBS) {
      const params = sql.includes("?1") ? [LONG] : [];
      const started = performance.now();
      const bomb = f.rd.query(APP, sql, params).then(
        ({ rows }) => `gave ${rows.length} rows`,
        (error: FaztError) => error.code,
      );
      const [row] = await f.query(OTHER, "SELECT count(*) AS n FROM notes");
      assert.deepEqual(row, { n: 2 });
      const answered = performance.now() - started;
      const result = await bomb;
      const took = performance.now() - started;
      const what = `${sql.slice(0, 100)}: ${result} in ${Math.round(took)} ms`;
      assert.ok(took < 5000, what);
      assert.ok(answered < 2500, `another app waited ${Math.round(answered)} ms for ${what}`);
      assert.match(result, /^(TIMEOUT|TOO_LARGE|INVALID|gave)/, what);
    }
  }),
);

Deno.test(
  "a change that takes too long is undone, and the node's other changes go on",
  withRd(async (f) => {
    await f.fill(3000);
    const { usage, before } = { usage: f.usage(APP), before: f.contents() };
    for (
      const sql of [
        "UPDATE numbers SET m = (SELECT count(*) FROM numbers a, numbers b WHERE a.m <> b.m)",
        "DELETE FROM numbers WHERE (SELECT count(*) FROM numbers a, numbers b, numbers c) > 1",
        "INSERT INTO numbers (m) SELECT a.m FROM numbers a, numbers b, numbers c",
        "INSERT INTO numbers (m) WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) " +
        "SELECT x FROM c",
      ]
    ) {
      const started = performance.now();
      await assert.rejects(f.exec(APP, sql), refused(["TIMEOUT", "TOO_LARGE", "QUOTA"]), sql);
      assert.ok(performance.now() - started < 4000, sql);
    }
    assert.deepEqual(f.usage(APP), usage);
    assert.deepEqual(f.contents(), before);
    await f.exec(APP, "INSERT INTO notes (title) VALUES ('still')");
  }),
);

Deno.test(
  "what people ask of tables is not taken for a bomb",
  withRd(async (f) => {
    await f.fill(2000);
    await f.rd.define(APP, "tags", {
      columns: { note: "integer", tag: "text" },
      indexes: ["note", ["tag", "note"]],
    });
    await f.exec(APP, "INSERT INTO tags (note, tag) VALUES (1, 'a'), (1, 'b'), (2, 'a')");
    for (
      const sql of [
        "SELECT n.id, count(t.id) AS tags FROM notes n LEFT JOIN tags t ON t.note = n.id GROUP BY n.id",
        "SELECT n.title FROM notes n JOIN tags t ON t.note = n.id WHERE t.tag IN ('a', 'b') ORDER BY n.id",
        "SELECT title FROM notes WHERE id IN (SELECT note FROM tags WHERE tag = 'a')",
        "SELECT title FROM notes n WHERE EXISTS (SELECT 1 FROM tags t WHERE t.note = n.id)",
        "SELECT title FROM notes n WHERE NOT EXISTS (SELECT 1 FROM tags t WHERE t.note = n.id)",
        "SELECT m, count(*) AS c, max(n) FROM numbers GROUP BY m HAVING c > 1 ORDER BY c DESC LIMIT 5",
        "WITH c AS (SELECT m, count(*) AS n FROM numbers GROUP BY m) SELECT * FROM c WHERE n > 10",
        "WITH c AS (SELECT m, count(*) AS n FROM numbers GROUP BY m) " +
        "SELECT numbers.n, c.n FROM numbers JOIN c ON c.m = numbers.m WHERE numbers.n < 5",
        "SELECT n, row_number() OVER (ORDER BY n DESC) FROM numbers LIMIT 3",
        "SELECT n, lag(n) OVER (ORDER BY n) FROM numbers LIMIT 3",
        "SELECT title FROM notes UNION SELECT tag FROM tags ORDER BY 1",
        "SELECT * FROM numbers WHERE m IN (1, 2, 3) AND n IN (1, 11, 12)",
        "SELECT * FROM notes, json_each('[1, 2]') j WHERE j.value = notes.id",
        "SELECT id FROM notes WHERE title LIKE 'ONE%' OR title GLOB '*two*'",
        "WITH RECURSIVE r(x) AS (SELECT 1 UNION SELECT n.n FROM r JOIN numbers n ON n.m = r.x) " +
        "SELECT count(*) FROM r",
        "SELECT count(DISTINCT m), avg(n), total(n), group_concat(DISTINCT m) FROM numbers",
        "SELECT date(1800000000, 'unixepoch'), json_extract('{\"a\":1}', '$.a'), '{\"a\":1}' ->> 'a'",
        "SELECT CASE WHEN n > 5 THEN 'big' ELSE 'small' END AS size, count(*) FROM numbers GROUP BY size",
      ]
    ) {
      const { rows } = await f.rd.query(APP, sql, []);
      assert.ok(rows.length > 0 || sql.includes("NOT EXISTS"), sql);
    }
  }),
);

Deno.test(
  "joins look rows up by their indexes: without one, this would visit 40 million",
  withRd(async (f) => {
    await f.fill(20_000);
    const [row] = await f.query(
      APP,
      "SELECT count(*) AS c FROM numbers a JOIN numbers b ON b.n = a.n + 1 WHERE a.m = 7",
    );
    assert.deepEqual(row, { c: 2000 });
  }),
);

Deno.test(
  "an error at the end of what a query gives is an error, and order is kept",
  withRd(async (f) => {
    await f.fill(50);
    await assert.rejects(
      f.query(APP, "SELECT printf('%1000000s', 1) || printf('%1000000s', n) FROM numbers"),
      refused("TOO_LARGE"),
    );
    await assert.rejects(
      f.query(APP, "SELECT json(CASE n WHEN 20 THEN 'x' ELSE '1' END) FROM numbers ORDER BY n"),
      refused("INVALID", /malformed JSON/),
    );
    const { rows, columns } = await f.rd.query(
      APP,
      "SELECT m, n, m FROM numbers ORDER BY m DESC, n LIMIT 7 OFFSET 1",
      [],
    );
    assert.deepEqual(columns, ["m", "n", "m"]);
    assert.deepEqual(rows.map(([m, n]) => [m, n]), [
      [9, 19],
      [9, 29],
      [9, 39],
      [9, 49],
      [8, 8],
      [8, 18],
      [8, 28],
    ]);
  }),
);
