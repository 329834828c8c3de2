import { type Glob, matchGlob, parseGlob, WORK } from "./glob.ts";

/** A path of app code as `app.json` names it; `*` stands for a part, a final `/*` for the rest. */
export function routeGlob(pattern: string): Glob {
  return parseGlob(plain(pattern));
}

/** Tells whether the path of a request matches a glob; all that it is asked share one bound. */
export function routeMatcher(path: string): (glob: Glob) => boolean {
  const key = plain(decoded(path));
  const work = { left: WORK };
  return (glob) => matchGlob(glob, key, work) !== undefined;
}

/** Spellings that some router takes for the same path are the same path. */
function plain(path: string): string {
  return `/${path.toLowerCase().split("/").filter(Boolean).join("/")}`;
}

function decoded(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
