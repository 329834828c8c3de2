CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  updated_at INTEGER NOT NULL
);

-- What a running node tells the command line on the same machine.
CREATE TABLE node (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE apps (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  title TEXT,
  state TEXT NOT NULL DEFAULT 'active',
  current_revision INTEGER,
  parent_id TEXT,
  origin_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  removed_at INTEGER
);
-- A removed app keeps its row and its data, not its name.
CREATE UNIQUE INDEX apps_name ON apps (name) WHERE removed_at IS NULL;

CREATE TABLE aliases (
  label TEXT PRIMARY KEY,
  app_id TEXT,
  type TEXT NOT NULL,
  target TEXT,
  created_at INTEGER NOT NULL
);
CREATE INDEX aliases_app ON aliases (app_id);

CREATE TABLE domains (
  fqdn TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX domains_app ON domains (app_id);

-- A blob is complete when its row is here; chunks without one are swept.
CREATE TABLE blobs (
  cid TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE chunks (
  cid TEXT NOT NULL,
  n INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (cid, n)
);

CREATE TABLE revisions (
  app_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  source TEXT NOT NULL,
  message TEXT,
  manifest TEXT NOT NULL,
  file_count INTEGER NOT NULL,
  size INTEGER NOT NULL,
  module_cid TEXT,
  module_map_cid TEXT,
  PRIMARY KEY (app_id, n)
);
CREATE INDEX revisions_module ON revisions (module_cid) WHERE module_cid IS NOT NULL;
CREATE INDEX revisions_map ON revisions (module_map_cid) WHERE module_map_cid IS NOT NULL;

CREATE TABLE files (
  app_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  path TEXT NOT NULL,
  cid TEXT NOT NULL,
  size INTEGER NOT NULL,
  type TEXT NOT NULL,
  brotli_cid TEXT,
  brotli_size INTEGER,
  gzip_cid TEXT,
  gzip_size INTEGER,
  PRIMARY KEY (app_id, revision, path)
) WITHOUT ROWID;
CREATE INDEX files_cid ON files (cid);
CREATE INDEX files_brotli ON files (brotli_cid) WHERE brotli_cid IS NOT NULL;
CREATE INDEX files_gzip ON files (gzip_cid) WHERE gzip_cid IS NOT NULL;

CREATE TABLE grants (
  app_id TEXT NOT NULL,
  name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  approved_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, name)
) WITHOUT ROWID;

CREATE TABLE app_env (
  app_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, name)
) WITHOUT ROWID;

-- Only the SHA-256 of a secret is kept: of keys, sessions and owner links alike.
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
);

CREATE TABLE owner_links (
  hash BLOB PRIMARY KEY,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
);

CREATE TABLE peers (
  name TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  token TEXT,
  is_default INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
);

CREATE TABLE kv (
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  size INTEGER NOT NULL,
  expires_at INTEGER,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, user_id, key)
) WITHOUT ROWID;
CREATE INDEX kv_expires ON kv (expires_at) WHERE expires_at IS NOT NULL;

-- Counted as rows change, so that a quota check does not count a table.
CREATE TABLE storage_usage (
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  pillar TEXT NOT NULL,
  entries INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (app_id, user_id, pillar)
) WITHOUT ROWID;

CREATE TABLE logs (
  id INTEGER PRIMARY KEY,
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  level TEXT NOT NULL,
  request_id TEXT,
  message TEXT NOT NULL,
  fields TEXT
);
CREATE INDEX logs_app ON logs (app_id, id);

CREATE TABLE activity (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  address TEXT,
  action TEXT NOT NULL,
  app_id TEXT,
  target TEXT,
  result TEXT NOT NULL,
  details TEXT
);
CREATE INDEX activity_app ON activity (app_id, id);
