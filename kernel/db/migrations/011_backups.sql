-- Which node this is: a backup says whose it is, wherever it lies. One row.
CREATE TABLE node_identity (
  id TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL
);

-- Attempts to make a backup. What there is to restore is told by the store itself.
CREATE TABLE backup_runs (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL,
  source TEXT NOT NULL,
  backup_id TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  result TEXT NOT NULL,
  error TEXT
);

-- Apps whose import has not ended; what a crash left here goes at the next start.
CREATE TABLE app_imports (
  app_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  started_at INTEGER NOT NULL
);
