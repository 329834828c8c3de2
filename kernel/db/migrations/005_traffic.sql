-- What visitors of an app sent and got in a month of UTC (2026-11); user_id is who they were.
-- told: whether the owner knows that the budget is nearly or wholly used.
CREATE TABLE traffic (
  month TEXT NOT NULL,
  app_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  told TEXT,
  PRIMARY KEY (month, app_id, user_id)
) WITHOUT ROWID;
CREATE INDEX traffic_app ON traffic (app_id);
