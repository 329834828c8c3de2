-- Content whose cid was not known while it was written lies under the name of its upload.
CREATE TABLE blob_sources (
  cid TEXT PRIMARY KEY,
  upload TEXT NOT NULL UNIQUE
) WITHOUT ROWID;

-- The objects of fazt.storage.s3: names for blobs.
CREATE TABLE objects (
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  path TEXT NOT NULL,
  cid TEXT NOT NULL,
  size INTEGER NOT NULL,
  type TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, user_id, path)
) WITHOUT ROWID;
CREATE INDEX objects_cid ON objects (cid);

-- Buckets elsewhere that apps may name; the keys to them are secrets.
CREATE TABLE storage_providers (
  name TEXT PRIMARY KEY,
  endpoint TEXT NOT NULL,
  region TEXT NOT NULL,
  bucket TEXT NOT NULL UNIQUE,
  access_key_id TEXT NOT NULL,
  path_style INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
