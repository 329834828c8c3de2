import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FaztError } from "../../kernel/lib/fazt_error.ts";
import {
  buildCommand,
  installCommand,
  type PackageManager,
  packageManagerOf,
} from "./package_manager.ts";

/** What would be run to build a folder. */
export interface BuildPlan {
  readonly manager: PackageManager;
  readonly build: readonly string[];
  /** Set where packages are missing: what brings them. */
  readonly install?: readonly string[];
}

/** What of a package.json decides whether and how it is built. */
interface PackageJson {
  readonly scripts?: Record<string, unknown>;
  readonly packageManager?: unknown;
  readonly dependencies?: object;
  readonly devDependencies?: object;
}

/**
 * How a folder is built; undefined when its package.json has no script `build`, or it has none.
 * @throws {FaztError} `INVALID` for a package.json that cannot be read.
 */
export async function buildPlan(folder: string): Promise<BuildPlan | undefined> {
  const content = await readPackage(folder);
  if (typeof content?.scripts?.build !== "string" || content.scripts.build.trim() === "") {
    return undefined;
  }
  const manager = packageManagerOf(folder, content.packageManager);
  const needs = { ...content.dependencies, ...content.devDependencies };
  const missing = Object.keys(needs).length > 0 && !hasPackages(folder);
  return {
    manager,
    build: buildCommand(manager),
    ...(missing ? { install: installCommand(folder, manager) } : {}),
  };
}

async function readPackage(folder: string): Promise<PackageJson | undefined> {
  const path = join(folder, "package.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
  try {
    const content = JSON.parse(text);
    if (content !== null && typeof content === "object") return content;
  } catch { /* told below */ }
  throw new FaztError("INVALID", `Cannot read ${path}: it is not a JSON object`, {
    hint: "correct it, or add --no-build to ship the folder as it is",
    status: 422,
  });
}

/** Packages lie in the folder or, in a workspace, above it; Yarn may keep them in a file. */
function hasPackages(folder: string): boolean {
  for (let at = folder;; at = dirname(at)) {
    for (const name of ["node_modules", ".pnp.cjs"]) if (existsSync(join(at, name))) return true;
    if (existsSync(join(at, ".git")) || dirname(at) === at) return false;
  }
}
