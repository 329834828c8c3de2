import type { AccessLog } from "./access/mod.ts";
import type { Visits } from "./analytics/mod.ts";
import type { Apps } from "./apps/mod.ts";
import type { Backups } from "./backup/mod.ts";
import type { Vfs } from "./fs/mod.ts";
import type { Guard } from "./guard/mod.ts";
import type { Clock } from "./lib/clock.ts";
import type { Links } from "./links/mod.ts";
import type { Activity, AppLog } from "./log/mod.ts";
import type { Ownership } from "./ownership/mod.ts";
import type { Supervisor } from "./proc/mod.ts";
import type { Keys, Sessions } from "./security/mod.ts";
import type { AppServices } from "./services/mod.ts";
import type { Storage } from "./storage/mod.ts";
import type { Traffic } from "./traffic/mod.ts";

const HOUR_MS = 3_600_000;
/** How long what was removed can be brought back, ms. */
export const REMOVED_MS = 30 * 24 * HOUR_MS;

/** What has work to do from time to time. */
export interface UpkeepParts {
  readonly access: AccessLog;
  readonly activity: Activity;
  readonly appLog: AppLog;
  readonly apps: Apps;
  readonly backups: Backups;
  readonly clock: Clock;
  readonly guard: Guard;
  readonly keys: Keys;
  readonly links: Links;
  readonly ownership: Ownership;
  readonly services: AppServices;
  readonly sessions: Sessions;
  readonly storage: Storage;
  readonly traffic: Traffic;
  readonly visits: Visits;
  readonly vfs: Vfs;
}

/** Hands the supervisor everything that is done again and again. */
export function scheduleUpkeep(supervisor: Supervisor, parts: UpkeepParts): void {
  const { access, activity, appLog, apps, backups, clock, guard, keys, links } = parts;
  const { services, sessions, storage, traffic, visits, vfs, ownership } = parts;
  supervisor.every(250, { name: "watch memory", run: () => Promise.resolve(guard.check()) });
  supervisor.every(2000, { name: "watch the disk", run: () => guard.checkDisk() });
  supervisor.every(2000, { name: "watch the database", run: () => guard.checkDatabase() });
  supervisor.every(60_000, { name: "expire storage", run: () => storage.expire() });
  supervisor.every(2000, { name: "count traffic", run: () => traffic.flush() });
  supervisor.every(1000, { name: "count visits", run: () => visits.flush() });
  supervisor.every(2000, { name: "count links", run: () => links.flush() });
  supervisor.every(HOUR_MS, { name: "trim visits", run: () => visits.cleanup() });
  supervisor.every(HOUR_MS, { name: "trim traffic", run: () => traffic.cleanup() });
  supervisor.every(60_000, { name: "note used keys", run: () => keys.flush() });
  supervisor.every(60_000, { name: "note used sessions", run: () => sessions.flush() });
  supervisor.every(HOUR_MS, { name: "trim logs", run: () => appLog.cleanup() });
  supervisor.every(HOUR_MS, { name: "trim access", run: () => access.cleanup() });
  supervisor.every(HOUR_MS, { name: "trim activity", run: () => activity.cleanup() });
  supervisor.every(HOUR_MS, { name: "forget sessions", run: () => sessions.cleanup() });
  supervisor.every(HOUR_MS, { name: "trim events", run: () => services.events.cleanup() });
  supervisor.every(HOUR_MS, { name: "trim runs", run: () => services.scheduler.cleanup() });
  supervisor.every(HOUR_MS, { name: "trim egress", run: () => services.egress.cleanup() });
  supervisor.every(HOUR_MS, {
    name: "purge apps",
    run: () => ownership.purgeOld(apps, clock() - REMOVED_MS),
  });
  supervisor.every(HOUR_MS, { name: "erase persons", run: () => ownership.eraseDue() });
  supervisor.every(60_000, { name: "look again", run: () => ownership.lookAgain() });
  supervisor.every(60_000, { name: "end previews", run: () => apps.previews.sweep() });
  supervisor.every(HOUR_MS / 4, { name: "sweep files", run: () => vfs.sweep() });
  supervisor.every(60_000, { name: "back up", run: () => backups.tick() });
}
