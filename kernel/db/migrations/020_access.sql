-- Requests that were answered: some of all, and every one that failed or was slow. Never a query or
-- a header but the visitor's program. app_id '' is the node itself.
CREATE TABLE access_log (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  why TEXT NOT NULL,
  host TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  status INTEGER NOT NULL,
  ms INTEGER NOT NULL,
  bytes INTEGER,
  address TEXT NOT NULL,
  secure INTEGER NOT NULL,
  agent TEXT NOT NULL
) STRICT;
CREATE INDEX access_log_app ON access_log (app_id, id);
CREATE INDEX access_log_at ON access_log (at);
