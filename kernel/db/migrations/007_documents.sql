-- Collections of documents; each has a table of its own, ds_<id>, made with its first document.
-- people: whether the rows belong to persons, each seeing only theirs, or to the whole app.
-- name is null once it was dropped and its table waits to be emptied.
CREATE TABLE ds_collections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  app_id TEXT NOT NULL,
  people INTEGER NOT NULL,
  name TEXT,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ds_collections_name ON ds_collections (app_id, people, name);
CREATE INDEX ds_collections_dropped ON ds_collections (id) WHERE name IS NULL;

-- What one person, or everybody, keeps in a collection: counted as rows change.
CREATE TABLE ds_counts (
  collection_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  documents INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (collection_id, user_id)
) WITHOUT ROWID;
CREATE INDEX ds_counts_owner ON ds_counts (app_id, user_id);

-- Indexes over a path: the SQL index ds_<collection>_<id>.
CREATE TABLE ds_indexes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  collection_id INTEGER NOT NULL,
  app_id TEXT NOT NULL,
  path TEXT NOT NULL,
  automatic INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (collection_id, path)
);
CREATE INDEX ds_indexes_app ON ds_indexes (app_id);
