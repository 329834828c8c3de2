import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { lastTime, nextTime } from "../schedule/mod.ts";

/** How an attempt to make a backup went. */
export interface LastRun {
  readonly source: "manual" | "schedule";
  readonly backupId?: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly result: string;
  readonly error?: string;
}

interface RunRow {
  readonly source: "manual" | "schedule";
  readonly backup_id: string | null;
  readonly started_at: number;
  readonly ended_at: number;
  readonly result: string;
  readonly error: string | null;
}

/** "daily" of `backup.schedule`. */
const DAILY = "0 3 * * *";

/** When the schedule wants a backup, from what was written down of those before. */
export class BackupSchedule {
  constructor(
    private readonly deps: {
      readonly db: Database;
      readonly settings: Settings;
      readonly clock: Clock;
    },
  ) {}

  /** Whether a time has come since the last one that the schedule made. */
  isDue(): boolean {
    const cron = this.#cron();
    if (cron === undefined) return false;
    const due = lastTime(cron, this.deps.clock());
    const last = this.deps.db.reader.get<{ at: number | null }>(
      "SELECT max(started_at) AS at FROM backup_runs WHERE source = 'schedule' AND result = 'ok'",
    )?.at;
    return due !== undefined && due > (last ?? -Infinity);
  }

  /** When the next one is due, Unix ms; undefined without a schedule. */
  nextAt(): number | undefined {
    const cron = this.#cron();
    if (cron === undefined) return undefined;
    const now = this.deps.clock();
    return this.isDue() ? now : nextTime(cron, now);
  }

  /** The last attempt, whoever asked for it. */
  last(): LastRun | undefined {
    const row = this.deps.db.reader.get<RunRow>(
      "SELECT * FROM backup_runs ORDER BY id DESC LIMIT 1",
    );
    return row && {
      source: row.source,
      ...(row.backup_id === null ? {} : { backupId: row.backup_id }),
      startedAt: row.started_at,
      endedAt: row.ended_at,
      result: row.result,
      ...(row.error === null ? {} : { error: row.error }),
    };
  }

  #cron(): { readonly schedule: string; readonly timezone: string } | undefined {
    const text = this.deps.settings.get("backup.schedule");
    if (text === "off") return undefined;
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    return { schedule: text === "daily" ? DAILY : text, timezone: timeZone };
  }
}
