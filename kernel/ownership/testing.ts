import { type AppsFixture, withApps } from "../apps/testing.ts";
import { Connection } from "../db/mod.ts";
import { Activity } from "../log/mod.ts";
import { Ownership } from "./ownership.ts";

/** Two persons, and the strangers of {@link rows}. */
export const ANN = "usr_annannannann";
/** See {@link ANN}. */
export const BOB = "usr_bobbobbobbob";

/** Ownership on a database of its own. Tests only. */
export class OwnershipFixture {
  readonly activity: Activity;
  readonly errors: unknown[] = [];
  ownership: Ownership;

  constructor(readonly fx: AppsFixture) {
    this.activity = new Activity(fx.db, () => fx.now, (error) => this.errors.push(error));
    this.ownership = this.restarted();
  }

  get people() {
    return this.ownership.people;
  }

  /** As a node that was just started has it. */
  restarted(): Ownership {
    const { db, vfs } = this.fx;
    return new Ownership({
      db,
      vfs,
      clock: () => this.fx.now,
      flush: () => Promise.resolve(),
      record: (entry) => this.activity.record(entry),
    });
  }

  /** Changes the file past everything that guards it. */
  raw<T>(run: (db: Connection) => T): T {
    const db = new Connection(this.fx.db.path);
    try {
      return run(db);
    } finally {
      db.close();
    }
  }

  /** How many rows a table has of somebody. */
  rows(table: string, userId: string): number {
    return this.fx.db.reader.get<{ n: number }>(
      `SELECT count(*) AS n FROM ${table} WHERE user_id = ?`,
      userId,
    )!.n;
  }
}

/** Runs a test on a fixture that is closed whatever happens. */
export function withOwnership(
  run: (fixture: OwnershipFixture) => Promise<void> | void,
): () => Promise<void> {
  return withApps((fx) => run(new OwnershipFixture(fx)));
}
