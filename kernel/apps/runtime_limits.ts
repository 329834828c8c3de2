import type { Settings } from "../config/mod.ts";
import type { RuntimeLimits } from "../proc/mod.ts";
import type { Manifest } from "./manifest_schema.ts";

/** Settings whose change gives running apps other limits. */
export const LIMIT_SETTINGS = [
  "limits.runtime.seconds",
  "limits.runtime.heapMb",
  "limits.runtime.concurrency",
  "limits.runtime.isolatesPerApp",
  "limits.runtime.consoleKb",
  "limits.runtime.syscallsInFlight",
  "limits.runtime.syscallsPerSecond",
  "limits.request.bodyMb",
  "limits.request.bodySeconds",
] as const;

type LimitSetting = (typeof LIMIT_SETTINGS)[number];

function asked(manifest: Manifest, key: LimitSetting): number | undefined {
  const [, group, name] = key.split(".") as [string, "runtime" | "request", string];
  return (manifest.limits?.[group] as Record<string, number> | undefined)?.[name];
}

/** The owner's caps, lowered where the app asks for less; never raised. */
export function runtimeLimits(settings: Settings, manifest: Manifest): RuntimeLimits {
  const cap = (key: LimitSetting): number =>
    Math.min(settings.get(key), asked(manifest, key) ?? Infinity);
  return {
    timeMs: cap("limits.runtime.seconds") * 1000,
    heapMb: cap("limits.runtime.heapMb"),
    concurrency: cap("limits.runtime.concurrency"),
    isolates: cap("limits.runtime.isolatesPerApp"),
    bodyMs: cap("limits.request.bodySeconds") * 1000,
    consoleBytes: cap("limits.runtime.consoleKb") * 1024,
    syscallsInFlight: cap("limits.runtime.syscallsInFlight"),
    syscallsPerSecond: cap("limits.runtime.syscallsPerSecond"),
  };
}

/** One warning for each limit of which the app asked for more than it gets. */
export function limitWarnings(settings: Settings, manifest: Manifest): string[] {
  return LIMIT_SETTINGS.flatMap((key) => {
    const wanted = asked(manifest, key);
    const most = settings.get(key);
    return wanted === undefined || wanted <= most ? [] : [
      `app.json asks for ${key} ${wanted}, this node allows ${most}: ${most} applies ` +
      `(fazt config set ${key} ${wanted} allows it)`,
    ];
  });
}
