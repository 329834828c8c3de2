import { operation } from "./db/mod.ts";

/** What a running node tells the command line on the same machine; null once it has stopped. */
export const writeNodeRecord = operation(
  "node.record",
  (db, p: { readonly record: Readonly<Record<string, string>> | null }) => {
    db.run("DELETE FROM node");
    for (const [key, value] of Object.entries(p.record ?? {})) {
      db.run("INSERT INTO node VALUES (?, ?)", key, value);
    }
  },
  { essential: true },
);

/** A small write that shows whether the database can be written. */
export const probeWrite = operation(
  "node.probe",
  (db, p: { readonly at: number }) =>
    db.run(
      "INSERT INTO node VALUES ('probed_at', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      String(p.at),
    ),
  { essential: true },
);

/** The writes of this file. */
export const NODE_WRITES = [writeNodeRecord, probeWrite];
