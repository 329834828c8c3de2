-- Persons who are to be forgotten, or were: hash is the SHA-256 of the id in hex, the id itself is
-- here only until it is done. pseudonym is whose the rows become where they stay.
CREATE TABLE erasures (
  hash TEXT PRIMARY KEY,
  user_id TEXT,
  pseudonym TEXT,
  requested_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  done_at INTEGER
) WITHOUT ROWID;

-- Blobs that lost a name when something was forgotten: those that have none left go at once.
CREATE TABLE unnamed_blobs (
  cid TEXT PRIMARY KEY
) WITHOUT ROWID;

-- Labels an app had when it was removed: it gets those back that are free when it is restored.
CREATE TABLE removed_aliases (
  app_id TEXT NOT NULL,
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, label)
) WITHOUT ROWID;
