import { vfsPath } from "../fs/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { IGNORE_FILES, IgnoreRules, isNeverShipped } from "../lib/ignore_rules.ts";
import type { Repository } from "./repository.ts";
import type { CommitInfo, FileBytes, FolderAnswer, GitLimits } from "./worker_protocol.ts";

/** Folders in folders at most. */
const MAX_DEPTH = 64;
/** How a file begins whose content Git LFS keeps elsewhere. */
const LFS = "version https://git-lfs.github.com/spec/";
/** The largest file that may be such a pointer. */
const LFS_BYTES = 1024;
/** Folders that are named where the wanted one is no app. */
const MAX_NAMED = 8;

interface Found {
  readonly path: string;
  readonly oid: string;
  readonly kind: "file" | "link" | "submodule";
}

/** Finds one folder of a commit. @throws {FaztError} `SOURCE_PATH`. */
export async function findFolder(
  repository: Repository,
  tree: string,
  path: string,
): Promise<string> {
  let oid = tree;
  for (const part of path === "" ? [] : path.split("/")) {
    const entry = (await repository.entries(oid)).find(({ name }) => name === part);
    if (entry?.kind !== "folder") {
      const what = entry === undefined ? "there is none" : `it is a ${entry.kind}`;
      throw new FaztError("SOURCE_PATH", `Cannot read the folder ${shown(path)}: ${what}`, {
        hint: "look at the folders of the repository at that ref",
        status: 404,
      });
    }
    oid = entry.oid;
  }
  return oid;
}

/**
 * Reads the files of a folder as a deploy of a checkout would ship them.
 * @throws {FaztError} `SOURCE_LINK`, `SOURCE_SUBMODULE`, `SOURCE_LFS`, `SOURCE_TOO_LARGE`,
 *   `PATH_INVALID`.
 */
export async function readFolder(
  repository: Repository,
  { commit, path, limits, give }: {
    readonly commit: CommitInfo & { readonly tree: string };
    readonly path: string;
    readonly limits: GitLimits;
    readonly give: (file: FileBytes) => Promise<void>;
  },
): Promise<FolderAnswer> {
  const top = await findFolder(repository, commit.tree, path);
  const found = await walk(repository, top, limits);
  await repository.load(found.filter(({ kind }) => kind === "file").map(({ oid }) => oid));
  const shipped = await withoutIgnored(repository, found);
  for (const { path, kind } of shipped) {
    vfsPath(path);
    if (kind !== "file") throw notAFile(path, kind);
  }
  if (!shipped.some(({ path }) => path === "app.json" || path === "manifest.json")) {
    const others = await appFolders(repository, commit.tree);
    if (others.length > 0 && !shipped.some(({ path }) => ENTRIES.has(path))) {
      throw new FaztError("SOURCE_NO_APP", `Cannot use ${shown(path)}: it has no app.json`, {
        hint: `folders that have one: ${others.join(", ")}`,
        status: 422,
        details: { folders: others },
      });
    }
  }
  let total = 0;
  for (const { path, oid } of shipped) {
    const bytes = await repository.blob(oid);
    total += bytes.byteLength;
    if (bytes.byteLength > limits.fileBytes) {
      throw tooLarge(`${shown(path)} is larger than a file may be`, "vfs.fileMb");
    }
    if (total > limits.appBytes) throw tooLarge("the folder is too large", "vfs.appMb");
    if (isLfsPointer(bytes)) {
      throw new FaztError(
        "SOURCE_LFS",
        `Cannot use ${shown(path)}: its content is kept in Git LFS, only a pointer is here`,
        {
          hint: "keep it in the repository itself (git lfs migrate export), or in .faztignore",
          status: 422,
        },
      );
    }
    await give({ path, bytes });
  }
  const { tree: _, ...info } = commit;
  return { commit: info, warnings: buildWarning(shipped) };
}

const ENTRIES = new Set(["index.html", "api/main.ts", "api/main.js"]);

async function walk(repository: Repository, top: string, limits: GitLimits): Promise<Found[]> {
  const found: Found[] = [];
  const enter = async (oid: string, above: readonly string[]): Promise<void> => {
    if (above.length > MAX_DEPTH) throw tooLarge("its folders are too deep", "deploy.entries");
    for (const { name, oid: below, kind } of await repository.entries(oid)) {
      if (isNeverShipped(name) && !IGNORE_FILES.includes(name)) continue;
      const segments = [...above, name];
      if (kind === "folder") {
        await enter(below, segments);
        continue;
      }
      if (found.length >= limits.entries) {
        throw tooLarge(`it has over ${limits.entries} files`, "deploy.entries");
      }
      found.push({ path: segments.join("/"), oid: below, kind });
    }
  };
  await enter(top, []);
  return found;
}

/** As a deploy of a checkout: what `.gitignore` names is left out although it was committed. */
async function withoutIgnored(
  repository: Repository,
  found: readonly Found[],
): Promise<readonly Found[]> {
  const texts = new Map<string, string[]>();
  for (const name of IGNORE_FILES) {
    for (const { path, oid, kind } of found) {
      if (kind !== "file" || (path !== name && !path.endsWith(`/${name}`))) continue;
      const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      const text = new TextDecoder().decode(await repository.blob(oid));
      texts.set(folder, [...texts.get(folder) ?? [], text]);
    }
  }
  const folders = new Map<string, IgnoreRules | undefined>();
  /** The rules inside a folder; undefined where it is ignored itself. */
  const rulesOf = (segments: readonly string[]): IgnoreRules | undefined => {
    const key = segments.join("/");
    if (folders.has(key)) return folders.get(key);
    const above = segments.length === 0 ? IgnoreRules.none : rulesOf(segments.slice(0, -1));
    const ignored = above === undefined || (segments.length > 0 && above.ignores(segments, true));
    const rules = ignored ? undefined : above.enter(segments, texts.get(key) ?? []);
    folders.set(key, rules);
    return rules;
  };
  return found.filter(({ path }) => {
    const segments = path.split("/");
    if (isNeverShipped(segments.at(-1)!)) return false;
    const rules = rulesOf(segments.slice(0, -1));
    return rules !== undefined && !rules.ignores(segments, false);
  });
}

/** Folders near the top that have an `app.json`. */
async function appFolders(repository: Repository, tree: string): Promise<string[]> {
  const out: string[] = [];
  const look = async (oid: string, path: string, depth: number): Promise<void> => {
    if (out.length >= MAX_NAMED) return;
    const entries = await repository.entries(oid);
    if (entries.some(({ name, kind }) => name === "app.json" && kind === "file")) {
      out.push(path === "" ? "." : path);
    }
    if (depth === 0) return;
    for (const { name, oid, kind } of entries.slice(0, 200)) {
      if (kind === "folder") await look(oid, path === "" ? name : `${path}/${name}`, depth - 1);
    }
  };
  await look(tree, "", 2);
  return out.slice(0, MAX_NAMED);
}

function buildWarning(shipped: readonly Found[]): string[] {
  const packaged = shipped.some(({ path }) => path === "package.json");
  return packaged && !shipped.some(({ path }) => ENTRIES.has(path))
    ? ["it has a package.json: what is built on the way to a site has to be in the repository"]
    : [];
}

function isLfsPointer(bytes: Uint8Array): boolean {
  return bytes.byteLength <= LFS_BYTES &&
    new TextDecoder().decode(bytes.subarray(0, LFS.length)) === LFS;
}

function notAFile(path: string, kind: "link" | "submodule"): FaztError {
  const link = kind === "link";
  return new FaztError(
    link ? "SOURCE_LINK" : "SOURCE_SUBMODULE",
    `Cannot use ${shown(path)}: it is a ${link ? "symbolic link" : "submodule"}`,
    {
      hint: `put the ${link ? "file" : "folder"} itself there, or leave it out in .faztignore`,
      status: 422,
    },
  );
}

function tooLarge(why: string, limit: string): FaztError {
  return new FaztError("SOURCE_TOO_LARGE", `Cannot use the repository: ${why}`, {
    hint: `fazt config set limits.${limit} <value> allows more; .faztignore leaves files out`,
    status: 413,
    details: { limit },
  });
}

const shown = (path: string) => JSON.stringify((path === "" ? "." : path).slice(0, 200));
