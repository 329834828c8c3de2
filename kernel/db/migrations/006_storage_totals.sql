-- What an app holds in one pillar, all its people together: quotas ask for it at every write.
CREATE TABLE storage_totals (
  app_id TEXT NOT NULL,
  pillar TEXT NOT NULL,
  entries INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (app_id, pillar)
) WITHOUT ROWID;
INSERT INTO storage_totals
  SELECT app_id, pillar, sum(entries), sum(bytes) FROM storage_usage GROUP BY app_id, pillar;
