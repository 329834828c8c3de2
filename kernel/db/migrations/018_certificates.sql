-- Certificates by the name they were asked for: a host, *.host, or a bare address.
-- sealed: the key, under the key of certificates. renew_by: ari or lifetime.
-- ari_at: when the authority is asked again when to renew; null: it does not say.
CREATE TABLE certificates (
  name TEXT PRIMARY KEY,
  names TEXT NOT NULL,
  directory TEXT NOT NULL,
  chain TEXT NOT NULL,
  sealed BLOB NOT NULL,
  serial TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  profile TEXT,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  renew_at INTEGER NOT NULL,
  renew_by TEXT NOT NULL,
  ari_at INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX certificates_renew ON certificates (renew_at);

-- Names whose last attempt failed, and when the next one may begin.
CREATE TABLE certificate_attempts (
  name TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  hint TEXT
) STRICT;

-- Orders that were begun: what budgets are counted by. kind: new, renewal or trial.
CREATE TABLE certificate_orders (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  name TEXT NOT NULL,
  directory TEXT NOT NULL,
  kind TEXT NOT NULL
) STRICT;
CREATE INDEX certificate_orders_at ON certificate_orders (at);

-- Accounts with certificate authorities. tested_at: when a trial order went through.
CREATE TABLE acme_accounts (
  directory TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  sealed BLOB NOT NULL,
  email TEXT NOT NULL,
  tested_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

-- The node's own authority for development. names: JSON array of domains it may sign for.
CREATE TABLE certificate_authorities (
  name TEXT PRIMARY KEY,
  common_name TEXT NOT NULL,
  names TEXT NOT NULL,
  chain TEXT NOT NULL,
  sealed BLOB NOT NULL,
  not_after INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- role: serve or redirect. proof: what a TXT record has to say where no address leads here.
-- verified_at: from then on it is served. next_check_at: when the DNS is asked again.
-- unproved: 1 where the last look did not show it to be the owner's; seen: JSON array of what it found.
ALTER TABLE domains ADD COLUMN user_id TEXT;
ALTER TABLE domains ADD COLUMN role TEXT;
ALTER TABLE domains ADD COLUMN is_primary INTEGER;
ALTER TABLE domains ADD COLUMN proof TEXT;
ALTER TABLE domains ADD COLUMN verified_at INTEGER;
ALTER TABLE domains ADD COLUMN checked_at INTEGER;
ALTER TABLE domains ADD COLUMN next_check_at INTEGER;
ALTER TABLE domains ADD COLUMN checks INTEGER;
ALTER TABLE domains ADD COLUMN unproved INTEGER;
ALTER TABLE domains ADD COLUMN problem TEXT;
ALTER TABLE domains ADD COLUMN seen TEXT;
