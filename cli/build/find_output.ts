import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { FaztError } from "../../kernel/lib/fazt_error.ts";

/** Where tools put what they build, from the surest to the least. */
const USUAL = [
  ".output/public",
  "dist",
  "build",
  "out",
  "_site",
  "www",
  "public",
] as const;
/** Folders inside those that hold the pages, where they are not at the top. */
const INSIDE = ["client", "browser", "public", "static"] as const;
/** What is no output, whatever lies in it. */
const NEVER = new Set(["node_modules", "src", "test", "tests", "templates", "examples"]);

/** A folder's time of change, ms; taken before a build. */
export type Before = ReadonlyMap<string, number>;

/** When each page of a folder was written, to see later which a build has written. */
export async function pagesBefore(folder: string): Promise<Before> {
  const times = new Map<string, number>();
  for (const place of await places(folder)) {
    const at = await changed(folder, place);
    if (at !== undefined) times.set(place, at);
  }
  return times;
}

/**
 * The folder that a build has filled, absolute: one of the usual names, else any that holds a page
 * which was not there before. A folder with its own app.json and page may be built in place.
 * @throws {FaztError} `NO_OUTPUT`, or `UNSURE` when there are several.
 */
export async function findOutput(folder: string, before: Before): Promise<string> {
  const found: { place: string; fresh: boolean }[] = [];
  for (const place of await places(folder)) {
    const at = await changed(folder, place);
    if (at !== undefined) found.push({ place, fresh: at !== before.get(place) });
  }
  const fresh = found.filter((one) => one.fresh).map(({ place }) => place);
  // A tool that finds nothing to do leaves what it built the last time.
  const usual = found.map(({ place }) => place).filter(isUsual);
  const choice = pick(fresh) ?? (fresh.length === 0 ? pick(usual) : undefined);
  if (choice !== undefined) return join(folder, choice);
  if (fresh.length > 1) {
    throw new FaztError(
      "UNSURE",
      `Cannot tell what was built: there are pages in ${fresh.join(" and ")}`,
      { hint: `add --prebuilt ${fresh[0]} for that one`, status: 422 },
    );
  }
  if (isApp(folder)) return folder;
  throw new FaztError("NO_OUTPUT", `Cannot find what was built in ${folder}`, {
    hint: "add --prebuilt DIR with the folder that holds the built index.html",
    status: 422,
  });
}

/** The surest of several places; undefined where none is surer than another. */
function pick(places: readonly string[]): string | undefined {
  for (const name of USUAL) {
    const inside = places.filter((place) => place === name || place.startsWith(`${name}/`))
      .sort((a, b) => a.split("/").length - b.split("/").length);
    if (inside.length > 0) return inside[0];
  }
  return places.length === 1 ? places[0] : undefined;
}

function isUsual(place: string): boolean {
  // Pages in `public` are what a build copies, unless it has just written them.
  return place !== "public" && USUAL.some((name) => place === name || place.startsWith(`${name}/`));
}

/** Folders that may hold what was built, relative. */
async function places(folder: string): Promise<string[]> {
  const tops = (await folders(folder)).filter((name) => !NEVER.has(name) && !name.startsWith("."));
  const all: string[] = [".output/public", ...tops];
  for (const top of tops) {
    for (const name of INSIDE) all.push(`${top}/${name}`);
    // dist/<project>/browser and the like.
    for (const name of (await folders(join(folder, top))).slice(0, 20)) {
      all.push(`${top}/${name}`, ...INSIDE.map((inside) => `${top}/${name}/${inside}`));
    }
  }
  return [...new Set(all)];
}

async function folders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

/** When the first page of a place was written; undefined where it has none. */
async function changed(folder: string, place: string): Promise<number | undefined> {
  for (const name of ["index.html", "200.html", "app.json"]) {
    const info = await stat(join(folder, place, name)).catch(() => undefined);
    if (info?.isFile()) return info.mtimeMs;
  }
  return undefined;
}

/** An app as it lies there: its build writes beside its pages. */
function isApp(folder: string): boolean {
  return existsSync(join(folder, "app.json")) && existsSync(join(folder, "index.html"));
}
