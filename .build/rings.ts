// Checks that imports point down the rings and enter folders by their door only.
import { dirname, relative, resolve } from "node:path/posix";

/** Outermost first; a file may import its own ring and those after it. */
const RINGS = ["main.ts", "cli", "admin", "runtime", "kernel"];
/** Folders of the kernel that the rest of it stands on, each on those before it. */
const FOUNDATION = ["lib", "db", "config"];
const IMPORT =
  /(?:^|[\s;])(?:import|export)\s[^"'`;]*?from\s*["']([^"']+)["']|import\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;

/** One import that may not be. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

/** Judges one file's imports; paths are from the project's root. */
export function violations(
  file: string,
  source: string,
  exists: (path: string) => boolean,
): Violation[] {
  const found: Violation[] = [];
  for (const match of source.matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2] ?? match[3]!;
    if (!specifier.startsWith(".")) continue;
    const target = relative("/", resolve("/", dirname(file), specifier));
    const why = judge(file, target, exists);
    const line = source.slice(0, match.index).split("\n").length;
    if (why) found.push({ file, line, why: `imports ${target}: ${why}` });
  }
  return found;
}

function judge(
  file: string,
  target: string,
  exists: (path: string) => boolean,
): string | undefined {
  const [from, to] = [file.split("/")[0]!, target.split("/")[0]!];
  if (from === "tests" || from.startsWith(".")) return undefined;
  const [a, b] = [RINGS.indexOf(from), RINGS.indexOf(to)];
  if (to === "tests" || to.startsWith(".")) return "tests and tools stand outside the product";
  if (a >= 0 && b >= 0 && b < a) return `${to} is above ${from}`;
  if (from === "kernel" && to === "kernel") {
    const [x, y] = [kernelLevel(file), kernelLevel(target)];
    if (y > x) return `${target.split("/")[1]} stands above ${file.split("/")[1]} in the kernel`;
  }
  const folder = dirname(target);
  const isTest = /_test\.ts$|\/testing(?:\.ts$|\/)/.test(file);
  const inside = dirname(file) === folder || dirname(file).startsWith(`${folder}/`);
  // What the kernel's own workers load has a door of its own, so that they load nothing else.
  const isDoor = target.endsWith("/mod.ts") ||
    ["operations.ts", "tasks.ts"].some((name) =>
      file.endsWith(name) && target.endsWith(`/${name}`)
    );
  if (!isTest && !inside && !isDoor && target.endsWith(".ts") && exists(`${folder}/mod.ts`)) {
    return `its folder's door is ${folder}/mod.ts`;
  }
  return undefined;
}

function kernelLevel(path: string): number {
  const parts = path.split("/");
  if (parts.length === 2) return FOUNDATION.length + 1;
  const at = FOUNDATION.indexOf(parts[1]!);
  return at < 0 ? FOUNDATION.length : at;
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname!, "..");
  const files: string[] = [];
  const walk = (folder: string) => {
    for (const entry of Deno.readDirSync(resolve(root, folder))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory) walk(path);
      else if (/\.tsx?$/.test(entry.name)) files.push(path);
    }
  };
  for (const ring of RINGS.slice(1)) walk(ring);
  files.push("main.ts");
  const known = new Set(files);
  const all = files.flatMap((file) =>
    violations(file, Deno.readTextFileSync(resolve(root, file)), (path) => known.has(path))
  );
  for (const { file, line, why } of all) console.error(`${file}:${line} ${why}`);
  console.log(`${files.length} files, ${all.length} imports that point the wrong way`);
  if (all.length > 0) Deno.exit(1);
}
