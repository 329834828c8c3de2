import type { Settings } from "../config/mod.ts";
import { parseDuration } from "../lib/duration.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { closestTimes } from "../schedule/mod.ts";
import type { ManifestFault } from "./manifest.ts";
import type { Manifest } from "./manifest_schema.ts";

const MINUTE_MS = 60_000;

/**
 * Refuses more cron entries, or closer runs, than the owner allows.
 * @throws {FaztError} `MANIFEST_INVALID` naming the setting.
 */
export function refuseCron(settings: Settings, { cron }: Pick<Manifest, "cron">): void {
  const most = settings.get("limits.cron.perApp");
  if (cron.length > most) {
    throw refusal("limits.cron.perApp", [{
      path: "cron",
      message: `has ${cron.length} entries, limits.cron.perApp is ${most}`,
    }]);
  }
  const apart = settings.get("limits.cron.minMinutes");
  // Five fields cannot say anything closer than a minute.
  const close = apart === 1 ? [] : cron.flatMap(({ schedule }, i) => {
    const minutes = closestTimes(schedule) / MINUTE_MS;
    return minutes >= apart ? [] : [{
      path: `cron.${i}.schedule`,
      message: `runs ${minutes} min apart, limits.cron.minMinutes is ${apart}`,
    }];
  });
  if (close.length > 0) throw refusal("limits.cron.minMinutes", close);
}

/** One warning for each cron entry that asks for more time or retries than it gets. */
export function cronWarnings(settings: Settings, { cron }: Pick<Manifest, "cron">): string[] {
  const minutes = settings.get("limits.cron.minutes");
  const retries = settings.get("limits.cron.retries");
  return cron.flatMap(({ schedule, timeout, retry }) => [
    ...(timeout !== undefined && parseDuration(timeout) > minutes * MINUTE_MS
      ? [`cron "${schedule}" asks for ${timeout}, limits.cron.minutes is ${minutes}: it applies`]
      : []),
    ...(retry !== undefined && retry.attempts > retries
      ? [
        `cron "${schedule}" asks for ${retry.attempts} retries, limits.cron.retries is ` +
        `${retries}: it applies`,
      ]
      : []),
  ]);
}

function refusal(setting: string, faults: readonly ManifestFault[]): FaztError {
  const { path, message } = faults[0]!;
  return new FaztError("MANIFEST_INVALID", `Cannot use app.json: ${path} ${message}`, {
    hint: `change app.json, or the owner's limit: fazt config set ${setting} <value>`,
    status: 422,
    details: faults,
  });
}
