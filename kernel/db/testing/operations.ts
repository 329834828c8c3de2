import { FaztError } from "../../lib/fazt_error.ts";
import { operation } from "../mod.ts";

/** Whether {@link die} was run; read by the worker. */
export const fate = { dying: false };

interface Pair {
  readonly key: string;
  readonly value: string;
}

/** Adds a row; a key that is there already is an error of SQLite's. */
export const put = operation("test.put", (db, p: Pair) => {
  db.run("INSERT INTO node VALUES (?, ?)", p.key, p.value);
  return p.key;
});

/** Adds two rows and then refuses, as an operation does whose last check fails. */
export const putThenRefuse = operation("test.putThenRefuse", (db, p: Pair) => {
  db.run("INSERT INTO node VALUES (?, ?)", p.key, p.value);
  db.run("INSERT INTO node VALUES (?, ?)", `${p.key}/second`, p.value);
  throw new FaztError("CONFLICT", `Cannot put ${p.key}: refused`, {
    hint: "ask for less",
    status: 418,
    details: { key: p.key },
    cause: new Error("a secret of the node"),
  });
});

/** Adds a row and hands back what cannot leave the worker. */
export const putThenReturnCode = operation("test.putThenReturnCode", (db, p: Pair) => {
  db.run("INSERT INTO node VALUES (?, ?)", p.key, p.value);
  return () => p.key;
});

/** Adds what only the commit finds out to be wrong. */
export const putOrphan = operation("test.putOrphan", (db, _params: Record<string, never>) => {
  db.exec(
    "CREATE TABLE parents (id INTEGER PRIMARY KEY);" +
      "CREATE TABLE children (id INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);" +
      "INSERT INTO children VALUES (1)",
  );
});

/** Adds a row; the worker ends before it can say so. */
export const die = operation("test.die", (db, p: Pair) => {
  db.run("INSERT INTO node VALUES (?, ?)", p.key, p.value);
  fate.dying = true;
});

/** How many rows there are. */
export const countRows = operation(
  "test.countRows",
  (db, _params: Record<string, never>) =>
    db.get<{ n: number }>("SELECT count(*) AS n FROM node")!.n,
);

/** What a worker's connection is set to. */
export const pragma = operation(
  "test.pragma",
  (db, p: { readonly name: string }) => Object.values(db.get(`PRAGMA ${p.name}`)!)[0],
);

/** Every operation of these tests. */
export const TEST_OPERATIONS = [
  put,
  putThenRefuse,
  putThenReturnCode,
  putOrphan,
  die,
  countRows,
  pragma,
];
