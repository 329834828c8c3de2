import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Database } from "../db/mod.ts";
import { releasePages, truncateLog } from "./scrub_operations.ts";

/** A copy of the database that still holds what was erased after it was made. */
export interface Copy {
  readonly file: string;
  /** Unix ms at which it was made. */
  readonly at: number;
  /** When it goes, in words. */
  readonly until: string;
}

/** Pages given back in one write: 256 KiB with the usual page. */
const PAGES = 64;
/** What a checkpoint waits for readers, ms: nothing else is written meanwhile. */
const WAIT_MS = 50;
/** Between tries, ms. */
const PAUSE_MS = 100;

/** Makes what was deleted gone from the files themselves, and knows which copies still hold it. */
export class Scrubber {
  #pending = false;

  /** @param tries before the rest is left for later */
  constructor(private readonly db: Database, private readonly tries = 40) {}

  /**
   * Gives free pages back and empties the write-ahead log. Deleted rows are already written over
   * (`secure_delete`), but the log holds what pages were before.
   * @returns false when a reader was in the way: {@link tick} tries again.
   */
  async clean(): Promise<boolean> {
    this.#pending = true;
    // Others may free pages all the time: what was free at first is enough.
    let rounds: number | undefined;
    for (let left = Infinity; left > 0 && (rounds ?? 1) > 0;) {
      left = await this.db.write(releasePages, { pages: PAGES });
      rounds = (rounds ?? Math.ceil(left / PAGES) + 2) - 1;
    }
    for (let i = 0; i < this.tries; i++) {
      if (await this.db.write(truncateLog, { waitMs: WAIT_MS })) {
        this.#pending = false;
        return true;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return false;
  }

  /** Tries again what could not be finished. */
  async tick(): Promise<void> {
    if (this.#pending) await this.clean();
  }

  /** Copies beside the database, oldest first. */
  async copies(): Promise<Copy[]> {
    const folder = dirname(this.db.path);
    const prefix = `${basename(this.db.path)}.before-`;
    const found: Copy[] = [];
    for (const name of await readdir(folder)) {
      if (!name.startsWith(prefix)) continue;
      const file = join(folder, name);
      const info = await stat(file).catch(() => undefined);
      if (!info) continue;
      found.push({ file, at: Math.round(info.mtimeMs), until: "it is deleted" });
    }
    return found.sort((a, b) => a.at - b.at);
  }
}
