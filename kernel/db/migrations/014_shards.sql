-- Collections that are split: by a period of time, and by the first part of a text.
-- next_seq: the place of the next document in the order of insertion, of all its tables together.
-- moved_seq: how far the documents from before are sorted into shards; null: all are.
CREATE TABLE ds_shardings (
  collection_id INTEGER PRIMARY KEY,
  app_id TEXT NOT NULL,
  period TEXT NOT NULL,
  path TEXT,
  prefix TEXT,
  keep_ms INTEGER,
  archive_ms INTEGER,
  next_seq INTEGER NOT NULL,
  moved_seq INTEGER,
  created_at INTEGER NOT NULL
);
CREATE INDEX ds_shardings_app ON ds_shardings (app_id);

-- Shards: the documents of one prefix from from_ms up to to_ms, in the table ds_s<id>.
-- state: open, archived (a compressed blob), restoring (its table is being filled from that),
-- dropped (waits for its table to be removed). After a restore two may have the same bounds.
-- present: whether there is a table; changes counts what happened to it.
CREATE TABLE ds_shards (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  collection_id INTEGER NOT NULL,
  app_id TEXT NOT NULL,
  prefix TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open',
  present INTEGER NOT NULL DEFAULT 1,
  documents INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  changes INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL,
  cid TEXT,
  stored_bytes INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX ds_shards_open ON ds_shards (collection_id, prefix, from_ms)
  WHERE state = 'open';
CREATE INDEX ds_shards_collection ON ds_shards (collection_id, to_ms);
CREATE INDEX ds_shards_app ON ds_shards (app_id, state);
CREATE INDEX ds_shards_left ON ds_shards (id) WHERE state IN ('archived', 'dropped') AND present = 1;
CREATE INDEX ds_shards_cid ON ds_shards (cid) WHERE cid IS NOT NULL;
