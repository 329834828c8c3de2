import type { Announcer, LimitNotice } from "./guard/mod.ts";
import { SYSTEM_USER } from "./lib/ids.ts";
import type { Activity, AppLog, KernelLog } from "./log/mod.ts";

/** What {@link LimitNotes} writes to. */
export interface LimitNotesDeps {
  readonly log: KernelLog;
  readonly announcer: Announcer;
  readonly activity: Activity;
  readonly appLog: AppLog;
  /** The name of an app that is there. */
  readonly nameOf: (appId: string) => string | undefined;
}

/** Tells owners of limits that are nearly or wholly used. */
export class LimitNotes {
  constructor(private readonly deps: LimitNotesDeps) {}

  /** Writes a line of the node's log and an event. */
  tell({ level, limit, part, appId }: LimitNotice): void {
    const { log, announcer, nameOf } = this.deps;
    const app = appId === undefined ? undefined : nameOf(appId);
    const percent = Math.round(part * 100);
    const of = app === undefined ? "" : ` of ${app}`;
    log.error(`limit: ${limit}${of} is at ${percent} % (${level})`);
    announcer.say(`system.limit.${level}`, {
      limit,
      percent,
      setting: `limits.${limit}`,
      ...(appId === undefined ? {} : { appId, app }),
    });
  }

  /** The same for an app's traffic of the month, which its owner also reads in the app's own log. */
  traffic(notice: LimitNotice & { readonly appId: string }): void {
    this.tell(notice);
    const { activity, appLog } = this.deps;
    const { appId, level, limit, part } = notice;
    const percent = Math.round(part * 100);
    activity.record({
      userId: SYSTEM_USER,
      actor: "system",
      action: `limit.${level}`,
      appId,
      target: limit,
      result: "ok",
      details: { percent },
    });
    appLog.append({
      appId,
      level: level === "exceeded" ? "error" : "warn",
      message: `${percent} % of this month's traffic (limits.${limit}) is used` +
        (level === "exceeded" ? ": visitors get 429 until the month ends" : ""),
      requestId: undefined,
      fields: undefined,
    });
  }
}
