import { type Dirent } from "node:fs";
import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import { IGNORE_FILES, IgnoreRules, isNeverShipped } from "../kernel/lib/ignore_rules.ts";

/** Most files one walk collects; past it the wrong folder was named. */
const MAX_FILES = 200_000;

/** One file to ship. */
export interface LocalFile {
  /** From the top of the folder, with `/`, in NFC. */
  readonly path: string;
  /** Where it lies on this machine. */
  readonly source: string;
  /** Bytes. */
  readonly size: number;
}

/** What a folder gives. */
export interface Walk {
  /** Sorted by path. */
  readonly files: readonly LocalFile[];
  /** Real paths of the folders that were looked into, the top first. */
  readonly folders: readonly string[];
  /** How many files and folders the rules left out. */
  readonly ignored: number;
  /** What was left out for a reason a person should know. */
  readonly warnings: readonly string[];
}

/**
 * Collects the files of a folder as a deploy ships them: without what `.gitignore` and
 * `.faztignore` (nested ones too) leave out, without `.git`, `node_modules` and `.env`, with
 * dot-folders such as `.well-known`, and without links that leave the folder.
 * @throws {FaztError} `NOT_FOUND`, `INVALID` for what is no folder, `PATH_INVALID`.
 */
export async function walk(folder: string, signal?: AbortSignal): Promise<Walk> {
  const top = await realpath(folder).catch(() => {
    throw new FaztError("NOT_FOUND", `Cannot read ${folder}: there is no such folder`, {
      hint: "name the folder that holds index.html or api/main.ts",
    });
  });
  if (!(await stat(top)).isDirectory()) {
    throw new FaztError("INVALID", `Cannot read ${folder}: it is a file`, {
      hint: "name the folder that contains it, or a .zip",
    });
  }
  const walker = new Walker(top, signal);
  await walker.enter(top, [], IgnoreRules.none, [top]);
  return walker.result();
}

class Walker {
  readonly #files = new Map<string, LocalFile>();
  readonly #folders = new Set<string>();
  readonly #warnings: string[] = [];
  #ignored = 0;

  constructor(private readonly top: string, private readonly signal: AbortSignal | undefined) {}

  result(): Walk {
    const files = [...this.#files.values()].sort((a, b) => a.path < b.path ? -1 : 1);
    return {
      files,
      folders: [...this.#folders],
      ignored: this.#ignored,
      warnings: this.#warnings,
    };
  }

  /** @param trail real paths of the folders entered, to notice a link that leads back up */
  async enter(
    folder: string,
    segments: readonly string[],
    above: IgnoreRules,
    trail: readonly string[],
  ): Promise<void> {
    this.signal?.throwIfAborted();
    this.#folders.add(folder);
    const entries = await readdir(folder, { withFileTypes: true });
    const rules = above.enter(segments, await this.#ignoreTexts(folder, entries));
    for (const entry of entries) {
      await this.#take(entry, join(folder, entry.name), [...segments, entry.name], rules, trail);
    }
  }

  async #take(
    entry: Dirent,
    source: string,
    segments: readonly string[],
    rules: IgnoreRules,
    trail: readonly string[],
  ): Promise<void> {
    // In git's rules a link is never a folder, wherever it leads.
    if (isNeverShipped(entry.name) || rules.ignores(segments, entry.isDirectory())) {
      this.#ignored++;
      return;
    }
    const path = segments.join("/");
    if (entry.isFile()) return this.#add(path, source, (await lstat(source)).size);
    if (entry.isDirectory()) return await this.enter(source, segments, rules, [...trail, source]);
    if (!entry.isSymbolicLink()) return this.#warn(path, "it is neither a file nor a folder");
    const real = await realpath(source).catch(() => undefined);
    if (real === undefined) return this.#warn(path, "it is a link to nothing");
    const inside = relative(this.top, real).split(sep);
    if (inside[0] === ".." || real === this.top) {
      return this.#warn(path, "it is a link that leaves the folder");
    }
    if (inside.some(isNeverShipped)) return this.#warn(path, `it is a link to ${inside.join("/")}`);
    const target = await stat(real);
    if (target.isFile()) return this.#add(path, real, target.size);
    if (!target.isDirectory()) return this.#warn(path, "it is neither a file nor a folder");
    if (trail.includes(real)) return this.#warn(path, "it is a link to a folder it lies in");
    await this.enter(real, segments, rules, [...trail, real]);
  }

  #add(raw: string, source: string, size: number): void {
    const path = raw.normalize("NFC");
    const twin = this.#files.get(path);
    if (twin !== undefined) {
      throw new FaztError("PATH_INVALID", `Cannot ship ${source}: ${twin.source} has its name`, {
        hint: "the two names are the same text in two Unicode forms; rename one",
        status: 422,
      });
    }
    if (this.#files.size === MAX_FILES) {
      throw new FaztError("TOO_MANY_FILES", `Cannot ship ${this.top}: over ${MAX_FILES} files`, {
        hint: "name the folder of the site itself, or leave files out with .faztignore",
        status: 413,
      });
    }
    this.#files.set(path, { path, source, size });
  }

  #warn(path: string, why: string): void {
    this.#warnings.push(`left out ${path}: ${why}`);
  }

  async #ignoreTexts(folder: string, entries: readonly Dirent[]): Promise<string[]> {
    const present = IGNORE_FILES.filter((name) =>
      entries.some((e) => e.name === name && e.isFile())
    );
    return await Promise.all(present.map((name) => readFile(join(folder, name), "utf8")));
  }
}
