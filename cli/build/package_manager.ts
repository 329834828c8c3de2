import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** What runs the scripts of a package. */
export type ManagerName = "npm" | "pnpm" | "yarn" | "bun" | "deno";

/** A package manager and where it was recognised. */
export interface PackageManager {
  readonly name: ManagerName;
  /** What gave it away: the field `packageManager`, a file's name, or nothing. */
  readonly by: string;
  /** Whether there is a file that fixes the versions. */
  readonly locked: boolean;
}

/** Files that fix versions, the surest first. */
const LOCKS: readonly (readonly [string, ManagerName])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
  ["deno.lock", "deno"],
];
const NAMES: readonly string[] = ["npm", "pnpm", "yarn", "bun", "deno"];

/**
 * Which package manager a folder is made for: by the field `packageManager` of its package.json,
 * else by the nearest lock file, in it or above it as far as the repository goes; else npm.
 */
export function packageManagerOf(folder: string, field: unknown): PackageManager {
  const lock = lockAbove(folder);
  const said = typeof field === "string" ? /^[a-z]+/.exec(field)?.[0] : undefined;
  if (said !== undefined && NAMES.includes(said)) {
    return { name: said as ManagerName, by: "packageManager", locked: lock?.name === said };
  }
  return lock === undefined
    ? { name: "npm", by: "default", locked: false }
    : { name: lock.name, by: lock.file, locked: true };
}

function lockAbove(folder: string): { file: string; name: ManagerName } | undefined {
  for (let at = folder;; at = dirname(at)) {
    for (const [file, name] of LOCKS) if (existsSync(join(at, file))) return { file, name };
    if (existsSync(join(at, ".git")) || dirname(at) === at) return undefined;
  }
}

/** The command line that runs the script `build`. */
export function buildCommand({ name }: PackageManager): string[] {
  return name === "deno" ? ["deno", "task", "build"] : [name, "run", "build"];
}

/** The command line that brings the packages, as their versions are fixed if they are. */
export function installCommand(folder: string, { name, locked }: PackageManager): string[] {
  switch (name) {
    case "npm":
      return ["npm", locked ? "ci" : "install"];
    case "pnpm":
      return ["pnpm", "install", ...(locked ? ["--frozen-lockfile"] : [])];
    case "yarn": {
      // Its first version knows another flag than those after it.
      const fix = existsSync(join(folder, ".yarnrc.yml")) ? "--immutable" : "--frozen-lockfile";
      return ["yarn", "install", ...(locked ? [fix] : [])];
    }
    case "bun":
      return ["bun", "install", ...(locked ? ["--frozen-lockfile"] : [])];
    case "deno":
      return ["deno", "install", ...(locked ? ["--frozen"] : [])];
  }
}
