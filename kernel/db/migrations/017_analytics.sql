-- What visitors do, counted without knowing them; short links.

-- Numbers of one app in one minute, hour or day of UTC: `step` is its length and `at` its
-- beginning, both ms. s1 to s5 count answers by class of status; l0 to l15 by the time they took,
-- each twice as long as the one before (kernel/analytics/steps.ts).
CREATE TABLE visit_counts (
  app_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  at INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  visitors INTEGER NOT NULL,
  views INTEGER NOT NULL,
  events INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  s1 INTEGER NOT NULL, s2 INTEGER NOT NULL, s3 INTEGER NOT NULL,
  s4 INTEGER NOT NULL, s5 INTEGER NOT NULL,
  l0 INTEGER NOT NULL, l1 INTEGER NOT NULL, l2 INTEGER NOT NULL, l3 INTEGER NOT NULL,
  l4 INTEGER NOT NULL, l5 INTEGER NOT NULL, l6 INTEGER NOT NULL, l7 INTEGER NOT NULL,
  l8 INTEGER NOT NULL, l9 INTEGER NOT NULL, l10 INTEGER NOT NULL, l11 INTEGER NOT NULL,
  l12 INTEGER NOT NULL, l13 INTEGER NOT NULL, l14 INTEGER NOT NULL, l15 INTEGER NOT NULL,
  PRIMARY KEY (app_id, step, at, user_id)
) WITHOUT ROWID;
CREATE INDEX visit_counts_at ON visit_counts (step, at);

-- What was seen, where from and with what, by name; what is past the cap is one row `(other)`.
CREATE TABLE visit_names (
  app_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  views INTEGER NOT NULL,
  visitors INTEGER NOT NULL,
  PRIMARY KEY (app_id, step, kind, at, name, user_id)
) WITHOUT ROWID;
CREATE INDEX visit_names_at ON visit_names (step, kind, at);

-- /r/{slug}. Without an app it answers on the main domain and wherever an app has nothing there.
CREATE TABLE redirects (
  slug TEXT PRIMARY KEY,
  app_id TEXT,
  user_id TEXT NOT NULL,
  url TEXT NOT NULL,
  status INTEGER NOT NULL,
  title TEXT,
  clicks INTEGER NOT NULL DEFAULT 0,
  last_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX redirects_app ON redirects (app_id) WHERE app_id IS NOT NULL;
