import type { Activity, AppLog } from "../log/mod.ts";
import { SYSTEM_USER } from "../lib/ids.ts";
import type { AppRunner } from "../proc/mod.ts";
import type { Announcer } from "./announcer.ts";
import { pauseMs, type Strikes } from "./suspects.ts";

/** What {@link pauseSuspects} works with. */
export interface PauseDeps {
  /** Unix ms; a strike of now is news. */
  readonly now: number;
  readonly runner: Pick<AppRunner, "pause">;
  readonly nameOf: (appId: string) => string | undefined;
  readonly log: (line: string) => void;
  readonly appLog: Pick<AppLog, "append">;
  readonly activity: Pick<Activity, "record">;
  readonly announcer: Pick<Announcer, "say">;
}

/** Keeps apps from starting that are suspected again and again, and tells the owner of new ones. */
export function pauseSuspects(strikes: Strikes, deps: PauseDeps): void {
  for (const [appId, { count, at }] of Object.entries(strikes)) {
    const ms = at + pauseMs(count) - deps.now;
    const app = deps.nameOf(appId);
    if (app === undefined) continue;
    if (ms > 0) deps.runner.pause(appId, { ms, why: `the node ended ${count} times as it ran` });
    if (at !== deps.now) continue;
    const seconds = Math.round(ms / 1000);
    const message = "The node ended without a word while this app ran" +
      (ms > 0
        ? `, ${count} times in a row: it is paused for ${seconds} s, or until it is deployed`
        : ": should that happen again soon, the app is paused");
    deps.log(`suspect: ${app}: ${message}`);
    const level = ms > 0 ? "error" : "warn";
    deps.appLog.append({ appId, level, message, requestId: undefined, fields: undefined });
    if (ms <= 0) continue;
    deps.activity.record({
      userId: SYSTEM_USER,
      actor: "system",
      action: "app.suspect",
      appId,
      target: app,
      result: "ok",
      details: { strikes: count, pausedSeconds: seconds },
    });
    deps.announcer.say("system.app.suspect", { appId, app, strikes: count, pausedMs: ms });
  }
}
