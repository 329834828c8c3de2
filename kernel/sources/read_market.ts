import { FaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";
import { findFolder } from "./read_folder.ts";
import type { Repository, TreeEntry } from "./repository.ts";
import type { CommitInfo, MarketAnswer, MarketEntry } from "./worker_protocol.ts";

/** Files that may describe a marketplace, the first one found counts. */
export const MARKET_FILES = ["registry.json", "marketplace.json"];
/** Apps of one marketplace at most. */
const MAX_APPS = 500;
const MAX_JSON = 1_048_576;
const MAX_LOGO = 64 * 1024;
const MAX_PROBLEMS = 50;
/** Folders that are looked into for apps, below the marketplace's own. */
const DEPTH = 2;
const LOGO_TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  svg: "image/svg+xml",
};

const text = (max: number) => z.string().max(max).optional();
const label = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
const listing = z.object({
  title: text(100),
  name: text(100),
  description: text(500),
  apps: z.array(z.object({
    name: label.optional(),
    path: z.string().min(1).max(500),
    title: text(100),
    description: text(500),
    version: text(50),
    tags: z.array(z.string().max(50)).max(20).optional(),
    logo: text(500),
  })).max(MAX_APPS).optional(),
});
const manifest = z.object({
  name: label,
  title: text(100),
  description: text(500),
  version: text(50),
  tags: z.array(z.string().max(50)).max(20).optional().catch(undefined),
  permissions: z.array(z.string().max(1200)).max(100).optional().catch(undefined),
  icon: text(500).catch(undefined),
});

/** A folder of the commit whose entries were read. */
type Folders = Map<string, readonly TreeEntry[]>;

/**
 * Reads what a marketplace offers: what its `registry.json` or `marketplace.json` lists, else every
 * folder near the top with an `app.json`. What is wrong with one app leaves out that app.
 * @throws {FaztError} `MARKET_INVALID`, `SOURCE_PATH`.
 */
export async function readMarket(
  repository: Repository,
  { commit, path }: {
    readonly commit: CommitInfo & { readonly tree: string };
    readonly path: string;
  },
): Promise<MarketAnswer> {
  const top = await findFolder(repository, commit.tree, path);
  const folders: Folders = new Map();
  await collect(repository, { oid: top, path: "", depth: DEPTH, folders });
  const oidOf = (file: string) => {
    const cut = file.lastIndexOf("/");
    const entry = folders.get(cut < 0 ? "" : file.slice(0, cut))
      ?.find(({ name }) => name === file.slice(cut + 1));
    return entry?.kind === "file" ? entry.oid : undefined;
  };
  const describing = MARKET_FILES.find((name) => oidOf(name) !== undefined);
  if (describing !== undefined) await repository.load([oidOf(describing)!]);
  const described = describing === undefined
    ? undefined
    : readListing(describing, await repository.blob(oidOf(describing)!));
  const listed: readonly Listed[] = described?.apps?.map((app) => ({
    ...app,
    path: app.path.replace(/^\.?\/+|\/+$/g, ""),
  })) ?? [...folders.keys()].filter((folder) => oidOf(`${folder}/app.json`) !== undefined)
    .map((folder) => ({ path: folder }));
  // A list may name folders that are deeper than those that are looked for.
  for (const { path } of listed) await reach(repository, path, folders);
  const manifests = listed.map((app) => ({ app, oid: oidOf(`${app.path}/app.json`) }))
    .slice(0, MAX_APPS);
  await repository.load(manifests.flatMap(({ oid }) => oid ?? []));
  const problems: string[] = [];
  const problem = (line: string) => problems.length < MAX_PROBLEMS && problems.push(line);
  const entries = new Map<string, MarketEntry & { readonly logoFile?: string }>();
  for (const { app, oid } of manifests) {
    const shown = JSON.stringify(app.path.slice(0, 100));
    if (oid === undefined) {
      problem(`${shown} has no app.json`);
      continue;
    }
    const own = readManifest(await repository.blob(oid));
    if (own === undefined) {
      problem(`${shown} has an app.json that cannot be read`);
      continue;
    }
    const name = app.name ?? own.name;
    if (entries.has(name)) {
      problem(`${shown} has the name "${name}", as another one does`);
      continue;
    }
    const { title = own.title, description = own.description, version = own.version } = app;
    const logoFile = app.logo ?? (own.icon === undefined ? undefined : `${app.path}/${own.icon}`);
    entries.set(name, {
      name,
      path: [path, app.path].filter((part) => part !== "").join("/"),
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(version === undefined ? {} : { version }),
      tags: app.tags ?? own.tags ?? [],
      permissions: own.permissions ?? ["storage:kv"],
      ...(logoFile === undefined ? {} : { logoFile: logoFile.replace(/^\.?\/+/, "") }),
    });
  }
  const logos = [...entries.values()].flatMap(({ logoFile }) => logoFile ?? []);
  for (const file of logos) {
    await reach(repository, file.slice(0, Math.max(0, file.lastIndexOf("/"))), folders);
  }
  await repository.load(logos.flatMap((file) => oidOf(file) ?? []));
  const withLogos: MarketEntry[] = [];
  for (const { logoFile, ...entry } of entries.values()) {
    const oid = logoFile === undefined ? undefined : oidOf(logoFile);
    const type = LOGO_TYPES[logoFile?.split(".").pop()?.toLowerCase() ?? ""];
    const bytes = oid === undefined || type === undefined ? undefined : await repository.blob(oid);
    const fits = bytes !== undefined && bytes.byteLength <= MAX_LOGO;
    if (logoFile !== undefined && !fits) {
      problem(`the logo of "${entry.name}" is no image of at most ${MAX_LOGO / 1024} KB`);
    }
    withLogos.push(fits ? { ...entry, logo: { bytes: bytes.slice(), type: type! } } : entry);
  }
  const { tree: _, ...info } = commit;
  const title = described?.title ?? described?.name;
  return {
    commit: info,
    ...(title === undefined ? {} : { title }),
    ...(described?.description === undefined ? {} : { description: described.description }),
    entries: withLogos,
    problems,
  };
}

interface Listed {
  readonly path: string;
  readonly name?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly version?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly logo?: string | undefined;
}

async function collect(
  repository: Repository,
  { oid, path, depth, folders }: {
    readonly oid: string;
    readonly path: string;
    readonly depth: number;
    readonly folders: Folders;
  },
): Promise<void> {
  const entries = await repository.entries(oid);
  folders.set(path, entries);
  if (depth === 0) return;
  for (const { name, oid, kind } of entries) {
    if (kind !== "folder" || name.startsWith(".") || folders.size > 4 * MAX_APPS) continue;
    const below = path === "" ? name : `${path}/${name}`;
    await collect(repository, { oid, path: below, depth: depth - 1, folders });
  }
}

/** Reads the folders on the way to one, if they are there. */
async function reach(repository: Repository, path: string, folders: Folders): Promise<void> {
  let at = "";
  for (const part of path === "" ? [] : path.split("/")) {
    const below = at === "" ? part : `${at}/${part}`;
    if (!folders.has(below)) {
      const entry = folders.get(at)?.find(({ name }) => name === part);
      if (entry?.kind !== "folder") return;
      folders.set(below, await repository.entries(entry.oid));
    }
    at = below;
  }
}

function readListing(file: string, bytes: Uint8Array): z.output<typeof listing> {
  const value = json(bytes);
  const parsed = value === undefined ? undefined : listing.safeParse(value);
  if (parsed?.success) return parsed.data;
  const issue = parsed?.error.issues[0];
  const why = issue === undefined
    ? "it is not JSON of at most 1 MB"
    : `${issue.path.join(".") || "the top"}: ${issue.message}`;
  throw new FaztError("MARKET_INVALID", `Cannot read the marketplace's ${file}: ${why}`, {
    hint: 'it is {"title": …, "apps": [{"path": "folder", "tags": [..], "logo": "logo.png"}]}',
    status: 422,
  });
}

function readManifest(bytes: Uint8Array): z.output<typeof manifest> | undefined {
  return manifest.safeParse(json(bytes)).data;
}

function json(bytes: Uint8Array): unknown {
  if (bytes.byteLength > MAX_JSON) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
