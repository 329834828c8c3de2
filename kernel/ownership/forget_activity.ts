import type { Connection } from "../db/mod.ts";
import { ANONYMOUS_USER } from "../lib/ids.ts";

/** Of an app that is gone the log keeps what was done to it and by whom: its id, no other word. */
export function forgetAppActivity(db: Connection, appId: string): void {
  db.run("UPDATE activity SET target = app_id, details = NULL WHERE app_id = ?", appId);
  db.run(
    "UPDATE activity SET target = NULL, details = NULL WHERE app_id IS NULL AND " +
      "(instr(coalesce(details, ''), ?1) > 0 OR target = ?1)",
    appId,
  );
  // The node's own events may name an app.
  db.run("DELETE FROM events WHERE app_id IS NULL AND instr(data, ?) > 0", appId);
}

/** Of a person who is gone the log keeps what was done, not by whom, from where or to whom. */
export function forgetPersonActivity(db: Connection, userId: string): void {
  db.run(
    "UPDATE activity SET user_id = ?, actor = 'anonymous', address = NULL, details = NULL " +
      "WHERE user_id = ?",
    ANONYMOUS_USER,
    userId,
  );
  db.run(
    "UPDATE activity SET target = NULL, details = NULL WHERE target = ?1 OR " +
      "instr(coalesce(details, ''), ?1) > 0",
    userId,
  );
}
