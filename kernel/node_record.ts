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
);

/** The writes of this file. */
export const NODE_WRITES = [writeNodeRecord];
