-- Where a label of type split leads: apps by weight.
CREATE TABLE alias_splits (
  label TEXT NOT NULL,
  app_id TEXT NOT NULL,
  weight INTEGER NOT NULL,
  PRIMARY KEY (label, app_id)
) WITHOUT ROWID;
CREATE INDEX alias_splits_app ON alias_splits (app_id);

-- Revisions that answer at an address of their own until they expire.
CREATE TABLE previews (
  app_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, n)
) WITHOUT ROWID;
CREATE INDEX previews_expires ON previews (expires_at);

-- Whether visitors of the app ever got it; a revision that was only previewed is never rolled back to.
ALTER TABLE revisions ADD COLUMN served INTEGER NOT NULL DEFAULT 1;

-- What is left of a removed app that others were forked from; it goes with the last of them.
CREATE TABLE ancestors (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  parent_id TEXT,
  origin_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ancestors_origin ON ancestors (origin_id);
CREATE INDEX apps_origin ON apps (origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX apps_parent ON apps (parent_id) WHERE parent_id IS NOT NULL;
