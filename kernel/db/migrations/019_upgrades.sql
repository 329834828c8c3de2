-- Upgrades of the executable, and what became of each; one without an end is going on, or was cut
-- off, which the next start finds out.
CREATE TABLE upgrades (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  from_version TEXT NOT NULL,
  to_version TEXT NOT NULL,
  -- Of the manifest; none where the executable of before came back.
  url TEXT,
  signed_by TEXT,
  backup_id TEXT,
  -- running, done, failed, returned, interrupted
  state TEXT NOT NULL,
  error TEXT
) STRICT;
