-- Content ids of the folders of revisions: of the whole, and of what visitors may have.
CREATE TABLE folders (
  app_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  path TEXT NOT NULL,
  cid TEXT NOT NULL,
  public_cid TEXT,
  PRIMARY KEY (app_id, revision, path)
) WITHOUT ROWID;
CREATE INDEX folders_cid ON folders (cid);
CREATE INDEX folders_public ON folders (public_cid) WHERE public_cid IS NOT NULL;

-- Content that is kept for its own sake; app_id is '' where it is the owner's.
CREATE TABLE pins (
  app_id TEXT NOT NULL,
  cid TEXT NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  size INTEGER NOT NULL,
  file_count INTEGER NOT NULL,
  public INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, cid)
) WITHOUT ROWID;

-- What a pin holds: files with the blob that has their bytes, folders without one.
CREATE TABLE pin_entries (
  app_id TEXT NOT NULL,
  pin TEXT NOT NULL,
  path TEXT NOT NULL,
  cid TEXT NOT NULL,
  blob_cid TEXT,
  size INTEGER NOT NULL,
  PRIMARY KEY (app_id, pin, path)
) WITHOUT ROWID;
CREATE INDEX pin_entries_cid ON pin_entries (cid);
CREATE INDEX pin_entries_blob ON pin_entries (blob_cid) WHERE blob_cid IS NOT NULL;

-- Blocks of pins that cannot be made again from their files: others lay content out differently.
CREATE TABLE pin_nodes (
  app_id TEXT NOT NULL,
  pin TEXT NOT NULL,
  cid TEXT NOT NULL,
  block BLOB NOT NULL,
  PRIMARY KEY (app_id, pin, cid)
);
