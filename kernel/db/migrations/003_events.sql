-- One event of the bus; app_id is who emitted it, NULL the kernel. An event that was not asked to
-- be kept goes when it is delivered. data is last, so that a search does not read through it.
CREATE TABLE events (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  app_id TEXT,
  user_id TEXT NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  persist INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  size INTEGER NOT NULL,
  correlation_id TEXT,
  data TEXT NOT NULL
);
CREATE INDEX events_app ON events (app_id, n);
CREATE INDEX events_expires ON events (expires_at);

-- What is still owed to a subscriber, which is app_id; source_id is the emitter's id or 'system'.
-- state is 'pending' or 'dead'; a delivered row goes.
CREATE TABLE event_deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_n INTEGER NOT NULL REFERENCES events (n) ON DELETE CASCADE,
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  source_id TEXT NOT NULL,
  handler TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  error_code TEXT,
  error_message TEXT,
  updated_at INTEGER NOT NULL
);
CREATE INDEX event_deliveries_event ON event_deliveries (event_n);
CREATE INDEX event_deliveries_lane ON event_deliveries (app_id, source_id, event_n, id)
  WHERE state = 'pending';
CREATE INDEX event_deliveries_app ON event_deliveries (app_id, state, id);
