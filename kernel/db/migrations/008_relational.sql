-- A table an app defined. Its rows are in table rd_<id>, which a statement reaches through view
-- rdv_<id> and its triggers only. schema is JSON (kernel/storage/rd/schema.ts).
CREATE TABLE rd_tables (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE,
  schema TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX rd_tables_name ON rd_tables (app_id, name);

-- The migrations of an app that were run.
CREATE TABLE rd_migrations (
  app_id TEXT NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, id)
) WITHOUT ROWID;

-- Makes sqlite_stat1, in which tables of apps say how they are to be searched.
ANALYZE sqlite_schema;
