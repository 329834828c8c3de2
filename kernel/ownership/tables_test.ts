import assert from "node:assert/strict";
import type { Connection } from "../db/mod.ts";
import { ownedTables } from "./table_operations.ts";
import { treatmentOf } from "./table_operations.ts";
import { withOwnership } from "./testing.ts";

/** Tables whose rows are nobody's but the node's, each with the reason. */
const OF_THE_NODE: Readonly<Record<string, string>> = {
  market_entries: "what a marketplace offers; markets say whose they are",
  settings: "how the node is set up",
  node: "how the command line finds the running node",
  node_keys: "keys of the node itself",
  node_identity: "which node this is",
  migrations: "the level of the schema",
  peers: "other nodes the owner speaks to",
  owner_links: "hashes of links that sign the owner in",
  blobs: "content without an owner: who names it owns the name",
  chunks: "as blobs",
  blob_sources: "as blobs",
  unnamed_blobs: "as blobs",
  certificates: "what the node proves its names with",
  certificate_attempts: "names that wait for a certificate",
  certificate_orders: "how many certificates were ordered",
  acme_accounts: "the node's accounts with certificate authorities",
  certificate_authorities: "the node's own authority",
  market_entries: "what a marketplace offers; markets say whose they are",
  ancestors: "what forks of an app that is gone say they come from",
};

/** Tables of apps whose rows cannot be a person's, each with the reason. */
const OF_APPS: Readonly<Record<string, string>> = {
  aliases: "addresses of the app",
  removed_aliases: "addresses of the app",
  alias_splits: "addresses of the app",
  files: "code of the app",
  folders: "code of the app",
  app_env: "settings of the app",
  storage_totals: "sums over everybody",
  ds_collections: "names of collections; documents say whose they are",
  ds_indexes: "as ds_collections",
  ds_shardings: "how what is app-wide is split; what a person keeps never is",
  ds_shards: "as ds_shardings",
  pin_entries: "what a pin holds; pins say whose they are",
  pin_nodes: "as pin_entries",
};

/** Tables that go with a person or become a stranger's: the rule, which has to be meant. */
const THEIRS = [
  "access_log",
  "kv",
  "logs",
  "jobs",
  "runs",
  "events",
  "event_deliveries",
  "egress_logs",
  "objects",
  "ds_counts",
];

/** What is wrong with how tables say whose their rows are. */
function faults(db: Connection): string[] {
  const owned = new Map(ownedTables(db, []).map((table) => [table.name, table]));
  const all = db.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'",
  );
  return all.flatMap(({ name }) => {
    const table = owned.get(name);
    if (!table) return name in OF_THE_NODE ? [] : [`${name} says neither whose nor why not`];
    if (!table.hasUser) return name in OF_APPS ? [] : [`${name} has no user_id and no reason`];
    if (treatmentOf(name) === "theirs" && !THEIRS.includes(name)) {
      return [`${name}: say what becomes of a person's rows`];
    }
    return [];
  });
}

Deno.test(
  "every table of the schema says whose its rows are, or why they are nobody's",
  withOwnership((t) => assert.deepEqual(faults(t.fx.db.reader), [])),
);

Deno.test(
  "a table that a migration adds without an owner, or without a thought, is found",
  withOwnership((t) => {
    t.raw((db) => {
      db.exec("CREATE TABLE diary (id INTEGER PRIMARY KEY, text TEXT)");
      db.exec("CREATE TABLE notes (id INTEGER PRIMARY KEY, app_id TEXT, text TEXT)");
      db.exec("CREATE TABLE marks (id INTEGER PRIMARY KEY, app_id TEXT, user_id TEXT)");
    });
    assert.deepEqual(faults(t.fx.db.reader).map((fault) => fault.split(/[ :]/)[0]), [
      "diary",
      "notes",
      "marks",
    ]);
  }),
);
