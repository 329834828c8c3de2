import type { Settings } from "../config/mod.ts";
import { MIB } from "../lib/bytes.ts";
import { routeGlob, routeMatcher } from "../lib/route_glob.ts";
import { parseSize } from "../lib/size_text.ts";
import type { Manifest } from "./manifest_schema.ts";

const SETTING = "limits.request.bodyMb";

/**
 * How large a request body each path of an app takes, bytes: the longest path of `body` that matches
 * decides, else `limits.request.bodyMb` of the app; the owner's setting is never exceeded.
 */
export function bodyLimits(settings: Settings, manifest: Manifest): (path: string) => number {
  const most = settings.get(SETTING) * MIB;
  const other = Math.min(most, (manifest.limits?.request?.bodyMb ?? Infinity) * MIB);
  const rules = Object.entries(manifest.body ?? {})
    .sort(([a], [b]) => b.length - a.length)
    .map(([path, size]) => ({ glob: routeGlob(path), bytes: Math.min(most, parseSize(size)) }));
  if (rules.length === 0) return () => other;
  return (path) => {
    const matches = routeMatcher(path);
    return rules.find(({ glob }) => matches(glob))?.bytes ?? other;
  };
}

/** One warning for each path that asks for more than the owner allows. */
export function bodyWarnings(settings: Settings, manifest: Manifest): string[] {
  const most = settings.get(SETTING);
  return Object.entries(manifest.body ?? {}).flatMap(([path, size]) =>
    parseSize(size) <= most * MIB ? [] : [
      `app.json asks for bodies of ${size} at ${path}, this node allows ${most} MB: that applies ` +
      `(fazt config set ${SETTING} <MB> allows more)`,
    ]
  );
}
