import assert from "node:assert/strict";
import type { FaztError } from "../../lib/fazt_error.ts";
import { ANN, APP, BEN, OTHER, refused, withRd } from "./testing.ts";

/** Refused as no SQL an app runs, as forbidden, or as too much. */
const NO = ["INVALID", "FORBIDDEN", "TOO_LARGE"];

/** `T` stands for a physical table, `V` for a view, of this app; `t` and `v` of the other. */
const ESCAPES: readonly string[] = [
  "ATTACH 'x.db' AS x",
  "ATTACH ':memory:' AS x",
  "DETACH main",
  "PRAGMA table_list",
  "PRAGMA user_version = 1",
  "VACUUM INTO 'copy.db'",
  "VACUUM",
  "ANALYZE",
  "REINDEX",
  "BEGIN",
  "COMMIT",
  "ROLLBACK",
  "SAVEPOINT x",
  "EXPLAIN SELECT 1",
  "EXPLAIN QUERY PLAN SELECT * FROM notes",
  "CREATE TABLE x (a)",
  "CREATE TEMP TABLE x (a)",
  "CREATE TEMP VIEW kv AS SELECT 1",
  "CREATE VIRTUAL TABLE x USING fts5(a)",
  "CREATE TRIGGER x AFTER INSERT ON notes BEGIN SELECT 1; END",
  "ALTER TABLE notes ADD COLUMN x",
  "DROP TABLE notes",
  "SELECT * FROM sqlite_master",
  "SELECT * FROM sqlite_schema",
  "SELECT * FROM sqlite_temp_master",
  "SELECT * FROM main.sqlite_master",
  "SELECT * FROM temp.sqlite_schema",
  "SELECT count(*) FROM sqlite_master",
  "SELECT * FROM sqlite_stat1",
  "SELECT count(*) FROM kv",
  "SELECT 1 FROM kv",
  "SELECT * FROM kv",
  "SELECT * FROM main.kv",
  'SELECT * FROM "kv"',
  "SELECT * FROM [kv]",
  "SELECT * FROM `kv`",
  "SELECT * FROM 'kv'",
  'SELECT * FROM "main"."keys"',
  "SELECT hash FROM keys",
  "SELECT * FROM rd_tables",
  "SELECT * FROM notes WHERE id IN kv",
  "SELECT * FROM notes WHERE id IN main.kv",
  "SELECT (SELECT count(*) FROM kv)",
  "SELECT * FROM notes NATURAL JOIN apps",
  "WITH kv AS (SELECT 1) SELECT count(*) FROM main.kv",
  "SELECT (SELECT count(*) FROM kv) FROM (WITH kv AS (SELECT 1) SELECT * FROM kv)",
  "WITH notes AS (SELECT * FROM kv) SELECT * FROM notes",
  "SELECT * FROM T",
  "SELECT * FROM V",
  "SELECT * FROM main.T",
  'SELECT * FROM "T"',
  "SELECT * FROM 'T'",
  "SELECT * FROM [T]",
  "SELECT * FROM t",
  "SELECT * FROM v",
  "SELECT count(*) FROM t",
  "WITH V AS (SELECT * FROM T) SELECT * FROM V",
  "WITH v AS (SELECT * FROM t) SELECT * FROM v",
  'WITH "V" AS (SELECT user_id FROM T) SELECT * FROM "V"',
  "SELECT * FROM (SELECT * FROM T) AS V",
  "SELECT user_id FROM notes",
  "SELECT c_title FROM notes",
  "SELECT rowid FROM notes",
  "SELECT fazt_scope()",
  "SELECT fazt_wrote(1, 1, 1)",
  "SELECT load_extension('x')",
  "SELECT randomblob(1000000)",
  "SELECT zeroblob(1000000)",
  "SELECT sqlite_version()",
  "SELECT last_insert_rowid()",
  "SELECT fts3_tokenizer('simple')",
  "SELECT writefile('x', 'y')",
  "SELECT * FROM pragma_table_info('kv')",
  "SELECT * FROM pragma_database_list",
  "SELECT * FROM pragma_table_list",
  "WITH pragma_database_list AS (SELECT 1) SELECT count(*) FROM pragma_database_list",
  "SELECT * FROM dbstat",
  "SELECT 1; DELETE FROM notes",
  "SELECT 1;; SELECT 2",
  "SELECT 1 /* ",
  "SELECT '",
  'SELECT "',
  "SELECT \0",
  "SELECT * FROM notes\0; DROP TABLE kv",
  "SELECT * FROM notes WHERE title = '\ud800'",
  "",
  ";",
  "-- nothing",
];
const WRITES: readonly string[] = [
  "DELETE FROM kv",
  "DELETE FROM T",
  "DELETE FROM t",
  "DELETE FROM v",
  "UPDATE T SET user_id = 'usr_bbbbbbbbbbbb'",
  "UPDATE notes SET user_id = 'usr_bbbbbbbbbbbb'",
  "UPDATE V SET title = 1",
  "INSERT INTO T (user_id, c_id) VALUES ('usr_bbbbbbbbbbbb', 9)",
  "INSERT INTO notes (user_id, id) VALUES ('usr_bbbbbbbbbbbb', 9)",
  "INSERT INTO kv SELECT * FROM notes",
  "INSERT INTO notes (title) SELECT key FROM kv",
  "UPDATE notes SET title = (SELECT hash FROM keys)",
  "UPDATE notes SET title = kv.value FROM kv",
  "DELETE FROM notes WHERE id IN (SELECT app_id FROM kv)",
  "REPLACE INTO rd_tables VALUES (1,2,3,4,5,6,7)",
  "INSERT INTO sqlite_master VALUES (1,2,3,4,5)",
  "DELETE FROM notes RETURNING *",
  "INSERT INTO notes (id) VALUES (1) ON CONFLICT DO UPDATE SET title = 'x'",
];

Deno.test(
  "no statement leaves the app's own tables",
  withRd(async (f) => {
    await f.fill();
    const idOf = (appId: string) => f.rd.tables(appId)[0]!.id;
    const named = (sql: string) =>
      sql.replaceAll(/\bT\b/g, `rd_${idOf(APP.appId)}`).replaceAll(
        /\bV\b/g,
        `rdv_${idOf(APP.appId)}`,
      )
        .replaceAll(/\bt\b/g, `rd_${idOf(OTHER.appId)}`)
        .replaceAll(/\bv\b/g, `rdv_${idOf(OTHER.appId)}`);
    const before = f.contents();
    for (const sql of [...ESCAPES, ...WRITES].map(named)) {
      const says = (how: string) => (error: unknown) => {
        const { code, message } = error as FaztError;
        assert.ok(NO.includes(code), `${how} ${sql}: ${code} ${message}`);
        return true;
      };
      await assert.rejects(f.rd.query(APP, sql, []), says("query"), `query gave rows: ${sql}`);
      await assert.rejects(f.rd.exec(APP, sql, []), says("exec"), `exec ran: ${sql}`);
    }
    assert.deepEqual(f.contents(), before);
  }),
);

/** Ways to write the name of a table that are the table. */
const SPELLINGS = [
  "SELECT title FROM notes",
  "SELECT notes.title FROM notes",
  "SELECT title FROM main.notes",
  'SELECT "notes"."title" FROM "notes"',
  "SELECT title FROM [notes]",
  "SELECT title FROM `NOTES`",
  "SELECT x.title FROM Notes AS x",
  "SELECT title FROM (SELECT * FROM notes)",
  "WITH x AS (SELECT * FROM notes) SELECT title FROM x",
  "SELECT title FROM notes, (SELECT 1)",
  "SELECT notes.title FROM (SELECT 1 AS one) AS x, notes",
  "SELECT notes.title FROM (notes)",
  "SELECT title FROM notes WHERE id IN (SELECT id FROM notes)",
  "SELECT (SELECT title FROM notes AS i WHERE i.id = notes.id) FROM notes",
  "SELECT title FROM notes UNION ALL SELECT title FROM notes WHERE 0",
  "/* notes */ SELECT title -- FROM kv\nFROM notes",
];

Deno.test(
  "each scope sees and changes its own rows alone, however a table is spelled",
  withRd(async (f) => {
    await f.fill();
    for (const owner of [APP, OTHER, ANN, BEN]) {
      const mine = ["one", "two"].map((word) => `${word} of ${owner.appId}/${owner.userId}`);
      for (const sql of SPELLINGS) {
        const { rows } = await f.rd.query(owner, sql, []);
        assert.deepEqual(rows.flat(), mine, sql);
      }
    }
    const others = await Promise.all(
      [APP, OTHER, BEN].map((o) => f.query(o, "SELECT * FROM notes")),
    );
    assert.deepEqual(await f.exec(ANN, "UPDATE notes SET title = 'x'"), { changes: 2 });
    assert.deepEqual(
      await f.exec(ANN, "INSERT OR REPLACE INTO notes (id, title) VALUES (1, 'y')"),
      { changes: 1, lastInsertId: 1 },
    );
    assert.deepEqual(await f.exec(ANN, "DELETE FROM notes WHERE id = 1"), { changes: 1 });
    assert.deepEqual(
      await Promise.all([APP, OTHER, BEN].map((o) => f.query(o, "SELECT * FROM notes"))),
      others,
    );
    assert.deepEqual(await f.query(ANN, "SELECT * FROM notes"), [{ id: 2, title: "x", n: null }]);
  }),
);

Deno.test(
  "an error tells the app's names, not those of the file",
  withRd(async (f) => {
    await f.fill();
    await assert.rejects(
      f.exec(APP, "INSERT INTO notes (id) VALUES (1)"),
      refused("CONFLICT", /UNIQUE constraint failed: notes\.id$/),
    );
    await assert.rejects(
      f.query(APP, "SELECT nope FROM notes"),
      refused("INVALID", /no such column: nope$/),
    );
    await assert.rejects(
      f.exec(APP, "INSERT INTO notes (nope) VALUES (1)"),
      refused("INVALID", /table notes has no column named nope$/),
    );
    await assert.rejects(
      f.exec(APP, "INSERT INTO notes (n) VALUES ('text')"),
      refused("CONFLICT", /cannot store TEXT value in REAL column notes\.n$/),
    );
    const { columns } = await f.rd.query(APP, "SELECT count(notes.id), notes.id+1 FROM notes", []);
    assert.deepEqual(columns, ["count(notes.id)", "notes.id+1"]);
  }),
);

Deno.test(
  "a parameter left out is refused, never filled with one of another call",
  withRd(async (f) => {
    await f.fill();
    const sql = "SELECT title FROM notes WHERE id = ?";
    await f.query(ANN, sql, [1]);
    await assert.rejects(f.query(APP, sql, []), refused("INVALID", /1 "\?", and 0 values/));
    await assert.rejects(f.query(APP, sql, [1, 2]), refused("INVALID"));
    await assert.rejects(f.query(APP, "SELECT :a, :b", { a: 1 }), refused("INVALID", /"b"/));
    await assert.rejects(f.query(APP, "SELECT :a", { a: 1, b: 1 }), refused("INVALID", /"b"/));
    await assert.rejects(f.query(APP, "SELECT :a, ?", { a: 1 }), refused("INVALID", /mixes/));
    const [row] = await f.query(APP, "SELECT :b - :a AS n, 7 / :a AS d", { a: 2, b: 5 });
    assert.deepEqual(row, { n: 3, d: 3 });
  }),
);
