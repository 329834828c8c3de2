-- Where apps came from: repositories, marketplaces, signers.
-- An app without a row was deployed by hand. The row follows the app, whatever revision is served.
-- ref null: the repository's default branch. secret: the name of the secret the repository asks for.
-- signer: the key its code has to be signed with from here on; null: none.
CREATE TABLE app_sources (
  app_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  type TEXT NOT NULL,
  url TEXT NOT NULL,
  ref TEXT,
  path TEXT NOT NULL,
  commit_id TEXT NOT NULL,
  market TEXT,
  market_app TEXT,
  secret TEXT,
  signer TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Where the code of one revision came from; null for what was deployed by hand.
ALTER TABLE revisions ADD COLUMN source_type TEXT;
ALTER TABLE revisions ADD COLUMN source_url TEXT;
ALTER TABLE revisions ADD COLUMN source_ref TEXT;
ALTER TABLE revisions ADD COLUMN source_path TEXT;
ALTER TABLE revisions ADD COLUMN source_commit TEXT;
ALTER TABLE revisions ADD COLUMN source_signer TEXT;

-- Repositories with a folder for each app. signer: what every app of it has to be signed with.
CREATE TABLE markets (
  name TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  url TEXT NOT NULL,
  ref TEXT,
  path TEXT NOT NULL,
  commit_id TEXT NOT NULL,
  secret TEXT,
  signer TEXT,
  title TEXT,
  description TEXT,
  problem TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What a marketplace offered when it was last read. tags, permissions: JSON arrays.
CREATE TABLE market_entries (
  market TEXT NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  title TEXT,
  description TEXT,
  version TEXT,
  tags TEXT NOT NULL,
  permissions TEXT NOT NULL,
  logo BLOB,
  logo_type TEXT,
  PRIMARY KEY (market, name)
);
