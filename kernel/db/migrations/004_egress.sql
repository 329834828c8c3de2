-- Which hosts apps may reach; app_id '' is every app.
CREATE TABLE egress_rules (
  app_id TEXT NOT NULL,
  pattern TEXT NOT NULL,
  user_id TEXT NOT NULL,
  action TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, pattern)
) WITHOUT ROWID;

-- One row for each request that left, or was stopped from leaving. Never a query or a header.
CREATE TABLE egress_logs (
  id INTEGER PRIMARY KEY,
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  method TEXT NOT NULL,
  host TEXT NOT NULL,
  path TEXT NOT NULL,
  status INTEGER,
  code TEXT,
  ms INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL
);
CREATE INDEX egress_logs_app ON egress_logs (app_id, id);
CREATE INDEX egress_logs_at ON egress_logs (at);

-- The key that seals what this node keeps secret; wrapped when it is sealed by a passphrase.
CREATE TABLE node_keys (
  name TEXT PRIMARY KEY,
  key BLOB NOT NULL,
  salt BLOB,
  created_at INTEGER NOT NULL
);

-- Values sealed with AES-256-GCM; app_id '' is every app.
CREATE TABLE secrets (
  app_id TEXT NOT NULL,
  name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  hosts TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, name)
) WITHOUT ROWID;
