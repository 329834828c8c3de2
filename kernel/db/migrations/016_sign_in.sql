-- How the owner signs in: password, one-time codes, passkeys, step-up.
-- A session's token is replaced from time to time: `next_hash` was handed out and not yet used,
-- `previous_hash` still works until `previous_until`. `proved_at` is when its owner last proved
-- who they are.
ALTER TABLE sessions ADD COLUMN method TEXT;
ALTER TABLE sessions ADD COLUMN agent TEXT;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN seen_at INTEGER;
ALTER TABLE sessions ADD COLUMN proved_at INTEGER;
ALTER TABLE sessions ADD COLUMN rotated_at INTEGER;
ALTER TABLE sessions ADD COLUMN next_hash BLOB;
ALTER TABLE sessions ADD COLUMN next_at INTEGER;
ALTER TABLE sessions ADD COLUMN previous_hash BLOB;
ALTER TABLE sessions ADD COLUMN previous_until INTEGER;
CREATE INDEX sessions_next ON sessions (next_hash) WHERE next_hash IS NOT NULL;
CREATE INDEX sessions_previous ON sessions (previous_hash) WHERE previous_hash IS NOT NULL;

ALTER TABLE keys ADD COLUMN last_address TEXT;

-- Encoded argon2id hashes with their salt and cost (PHC string format).
CREATE TABLE passwords (
  user_id TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Who is asked for one-time codes; the secret is sealed with the node's others. No code of
-- `last_step` (RFC 6238 §4.2) or before it works again.
CREATE TABLE one_time_codes (
  user_id TEXT PRIMARY KEY,
  confirmed_at INTEGER NOT NULL,
  last_step INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL,
  hash BLOB NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (user_id, hash)
) WITHOUT ROWID;

CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  rp_id TEXT NOT NULL,
  public_key BLOB NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  backed_up INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) WITHOUT ROWID;

-- Failed sign-ins in a row: a restart does not help who guesses.
CREATE TABLE sign_in_failures (
  user_id TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX activity_at ON activity (at);
