-- What app.json says: one row an entry, with the next time it is due.
CREATE TABLE cron_jobs (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  -- Its place in app.json.
  n INTEGER NOT NULL,
  schedule TEXT NOT NULL,
  timezone TEXT NOT NULL,
  handler TEXT NOT NULL,
  timeout_ms INTEGER,
  skip_if_running INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  backoff_ms INTEGER NOT NULL,
  next_at INTEGER,
  last_at INTEGER,
  updated_at INTEGER NOT NULL
);
CREATE INDEX cron_jobs_app ON cron_jobs (app_id, n);
CREATE INDEX cron_jobs_next ON cron_jobs (next_at) WHERE next_at IS NOT NULL;

-- What is to run: a one-off job, or one occurrence of a cron entry (then cron_id says of which).
-- A row waits (next_at), runs (next_at is null) or is dead; what is done is gone.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  cron_id TEXT,
  cron TEXT,
  handler TEXT,
  timeout_ms INTEGER,
  retries INTEGER NOT NULL,
  backoff_ms INTEGER NOT NULL,
  planned_at INTEGER NOT NULL,
  next_at INTEGER,
  attempt INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL,
  error TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  -- Last, so that what it fills is read only when it is asked for.
  state TEXT
);
CREATE INDEX jobs_next ON jobs (next_at, app_id) WHERE next_at IS NOT NULL;
CREATE INDEX jobs_app ON jobs (app_id, status, updated_at);
CREATE INDEX jobs_dead ON jobs (updated_at) WHERE status = 'dead';
CREATE INDEX jobs_cron ON jobs (cron_id) WHERE cron_id IS NOT NULL;

-- What ran, or should have. `source` is the cron entry's id, or "jobs" for one-off jobs.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  source TEXT NOT NULL,
  job_id TEXT,
  cron TEXT,
  handler TEXT,
  planned_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  attempt INTEGER NOT NULL,
  result TEXT,
  error TEXT,
  created_at INTEGER NOT NULL
);
CREATE INDEX runs_app ON runs (app_id, id);
CREATE INDEX runs_source ON runs (app_id, source, id);
CREATE INDEX runs_created ON runs (created_at);
CREATE INDEX runs_open ON runs (id) WHERE result IS NULL;
