import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import {
  defaultManifest,
  isWebAppManifest,
  type Manifest,
  parseManifest,
} from "../kernel/apps/mod.ts";
import { vfsPath } from "../kernel/fs/mod.ts";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import { VERSION } from "./version.ts";
import { type LocalFile, walk } from "./walk.ts";

/** A folder that can be deployed. */
export interface LocalApp {
  readonly folder: string;
  /** From the manifest, else made from the folder's name. */
  readonly name: string;
  /** Undefined when the folder has none. */
  readonly manifest: Manifest | undefined;
  readonly files: readonly LocalFile[];
  /** Bytes of all files. */
  readonly size: number;
  /** The server code's first module. */
  readonly entry: string | undefined;
  readonly ignored: number;
  readonly warnings: readonly string[];
}

const ENTRY = /^api\/main\.(?:ts|tsx|mts|cts|js|jsx|mjs|cjs)$/;
const CODE = /^api\/.*\.(?:ts|tsx|mts|cts|js|jsx|mjs|cjs)$/;

/** Options of {@link readLocalApp}. */
export interface LocalAppOptions {
  /** Instead of the manifest's name. */
  readonly name?: string | undefined;
  /** The folder it was built from: what the build did not take along of the app comes from here. */
  readonly sources?: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Collects a folder and checks everything about it that this machine can know.
 * @param folder absolute
 * @throws {FaztError} `NOT_FOUND`, `EMPTY`, `NO_ENTRY`, `MANIFEST_INVALID`, `PATH_INVALID`.
 */
export async function readLocalApp(
  folder: string,
  { name, sources, signal }: LocalAppOptions = {},
): Promise<LocalApp> {
  const { files: found, ignored, warnings } = await walk(folder, signal);
  const files = sources === undefined || sources === folder
    ? found
    : withSources(found, (await walk(sources, signal)).files);
  if (files.length === 0) {
    throw new FaztError("EMPTY", `Cannot deploy ${folder}: there is nothing in it to ship`, {
      hint: ignored > 0
        ? `${ignored} entries are left out by .gitignore, .faztignore or as never shipped`
        : "put an index.html or an api/main.ts into it: fazt app create NAME makes one",
      status: 422,
    });
  }
  for (const file of files) vfsPath(file.path);
  const paths = new Set(files.map((file) => file.path));
  const manifest = await readManifest(files, paths);
  const entry = files.find((file) => ENTRY.test(file.path))?.path;
  if (entry === undefined && files.some((file) => CODE.test(file.path))) {
    throw new FaztError("NO_ENTRY", `Cannot deploy ${folder}: api/ has no main.ts or main.js`, {
      hint: "name the module that answers requests api/main.ts",
      status: 422,
    });
  }
  return {
    folder,
    name: name ?? manifest?.name ?? nameOf(sources ?? folder),
    manifest,
    files,
    size: files.reduce((sum, file) => sum + file.size, 0),
    entry,
    ignored,
    warnings: [
      ...warnings,
      ...adviceOn(paths, entry, manifest),
      ...(sources === undefined ? buildAdvice(folder, paths) : []),
    ],
  };
}

/** Adds the manifest, the server code and the private files that a build left where they were. */
function withSources(built: readonly LocalFile[], sources: readonly LocalFile[]): LocalFile[] {
  const lacks = ["app.json", "api/", "private/"]
    .filter((part) => !built.some(({ path }) => path.startsWith(part)));
  const added = sources.filter(({ path }) => lacks.some((part) => path.startsWith(part)));
  return [...built, ...added].sort((a, b) => a.path < b.path ? -1 : 1);
}

async function readManifest(
  files: readonly LocalFile[],
  paths: ReadonlySet<string>,
): Promise<Manifest | undefined> {
  for (const file of ["app.json", "manifest.json"] as const) {
    const found = files.find((one) => one.path === file);
    if (found === undefined) continue;
    const bytes = new Uint8Array(await readFile(found.source));
    if (file === "manifest.json" && isWebAppManifest(bytes)) continue;
    return parseManifest(bytes, { file, paths, version: VERSION });
  }
  return undefined;
}

/** A folder's name as an app's. @throws {FaztError} `INVALID` when nothing of it can stay. */
function nameOf(folder: string): string {
  const slug = basename(resolve(folder)).normalize("NFKD").toLowerCase()
    .replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "-").slice(0, 63).replace(/^-+|-+$/g, "");
  if (slug === "") {
    throw new FaztError("INVALID", `Cannot name an app after ${folder}`, {
      hint: "add --name NAME, or an app.json with a name",
      status: 422,
    });
  }
  // Fails here, before anything is read, if the node would refuse it.
  return defaultManifest(slug).name;
}

function adviceOn(
  paths: ReadonlySet<string>,
  entry: string | undefined,
  manifest: Manifest | undefined,
): string[] {
  if (paths.has("index.html") || entry !== undefined) return [];
  return manifest?.spa || paths.has("200.html")
    ? []
    : ["there is no index.html: the app's front page will be a 404"];
}

/** Sources that a tool turns into a site are seldom what was meant to go online. */
function buildAdvice(folder: string, paths: ReadonlySet<string>): string[] {
  if (!paths.has("package.json") || paths.has("dist/index.html")) return [];
  const dist = join(folder, "dist");
  const deploy = `fazt app deploy ${dist}`;
  if (existsSync(join(dist, "index.html"))) {
    return [`these are the sources and not what was built from them: ${deploy}`];
  }
  return [...paths].some((path) => /^vite\.config\.\w+$/.test(path))
    ? [`these are sources that Vite has yet to build: npm run build, then ${deploy}`]
    : [];
}
