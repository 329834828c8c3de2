import type { Database } from "../db/mod.ts";
import type { Vfs } from "../fs/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { isId, newId } from "../lib/ids.ts";
import {
  ERASURE,
  type ErasureRow,
  markPerson,
  trimErasures,
  unmarkPerson,
} from "./erasure_operations.ts";
import { exportPerson } from "./export_person.ts";
import type { Forgetter, Forgotten } from "./forgetter.ts";
import { type Gone, hashOf } from "./gone.ts";
import { listPeople, type PersonShare, tablesOfPerson } from "./read_operations.ts";

/** How long an erasure can be undone, ms; and how long it is known that there was one. */
const UNDO_MS = 30 * 86_400_000;

/** What {@link People} works with. */
export interface PeopleDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly vfs: Vfs;
  readonly gone: Gone;
  readonly forgetter: Forgetter;
}

/** Somebody whose id rows carry. */
export interface Person {
  readonly id: string;
  /** `leaving`: erased, and back on request until `erasedAt`. */
  readonly state: "here" | "leaving";
  /** Unix ms at which their rows go. */
  readonly erasedAt?: number;
  readonly apps: readonly PersonShare[];
}

/** What asking to forget somebody came to. */
export interface Erased extends Partial<Forgotten> {
  /** `waiting`: it can be undone until `erasedAt`. */
  readonly state: "waiting" | "done";
  readonly erasedAt: number;
}

/** Persons, as far as rows know them: listed, exported, erased, anonymised. */
export class People {
  constructor(private readonly deps: PeopleDeps) {}

  /** By id; `after` pages. */
  async list(
    { after = "", limit = 100 }: { readonly after?: string | undefined; readonly limit?: number } =
      {},
  ): Promise<Person[]> {
    const { db } = this.deps;
    const rows = await db.background(listPeople, { after, limit: Math.min(limit, 1000) });
    return rows.map(({ userId, apps }) => {
      const erasure = this.#erasure(userId);
      return {
        id: userId,
        ...erasure ? { state: "leaving", erasedAt: erasure.dueAt } : { state: "here" },
        apps,
      };
    });
  }

  /**
   * Everything that carries a person's id, as a zip: `node/<table>.json` and
   * `<app>/<table>.json` with their rows, `blobs/<cid>` with what they name.
   * @throws {FaztError} `NOT_FOUND` when nothing does.
   */
  async export(userId: string): Promise<ReadableStream<Uint8Array>> {
    const { db, vfs, clock } = this.deps;
    const tables = await this.#tables(userId);
    return exportPerson({ db, vfs, tables, userId, at: clock() });
  }

  /**
   * Forgets a person. From here on nothing can be read or written as them; their rows go in 30
   * days, or `now`.
   * @throws {FaztError} `NOT_FOUND`, `GONE`.
   */
  erase(userId: string, { now = false }: { readonly now?: boolean } = {}): Promise<Erased> {
    return this.#forget(userId, { pseudonym: null, waitMs: now ? 0 : UNDO_MS });
  }

  /**
   * Keeps a person's rows, as those of a stranger whom nothing leads back to them.
   * @throws {FaztError} `NOT_FOUND`, `GONE`.
   */
  anonymise(userId: string): Promise<Erased> {
    return this.#forget(userId, { pseudonym: newId("usr"), waitMs: 0 });
  }

  /**
   * Takes an erasure back.
   * @throws {FaztError} `NOT_FOUND` when there is none that can be.
   */
  async restore(userId: string): Promise<void> {
    const { db, clock, gone } = this.deps;
    const hash = hashOf(checkId(userId));
    if (!await db.write(unmarkPerson, { hash, at: clock() })) {
      throw new FaztError("NOT_FOUND", "Cannot restore this person: no erasure of theirs waits", {
        hint: "fazt user list shows who is leaving",
      });
    }
    gone.back(userId);
  }

  /** Forgets those whose time has come. */
  async tick(): Promise<void> {
    const { db, clock, forgetter } = this.deps;
    const due = db.reader.all<ErasureRow>(
      `${ERASURE} WHERE done_at IS NULL AND due_at <= ?`,
      clock(),
    );
    for (const { userId, pseudonym } of due) {
      if (userId !== null) await forgetter.person({ userId, pseudonym });
    }
    await db.write(trimErasures, { before: clock() - UNDO_MS });
  }

  async #forget(
    userId: string,
    { pseudonym, waitMs }: { readonly pseudonym: string | null; readonly waitMs: number },
  ): Promise<Erased> {
    const { db, clock, gone, forgetter } = this.deps;
    const at = clock();
    const hash = hashOf(checkId(userId));
    if (!gone.hasPerson(userId)) await this.#tables(userId);
    const mark = { hash, userId, pseudonym, requestedAt: at, dueAt: at + waitMs };
    const { dueAt } = await db.write(markPerson, mark);
    gone.leaving(userId);
    if (dueAt > clock()) return { state: "waiting", erasedAt: dueAt };
    return { state: "done", erasedAt: dueAt, ...await forgetter.person({ userId, pseudonym }) };
  }

  async #tables(userId: string) {
    const tables = await this.deps.db.background(tablesOfPerson, { userId: checkId(userId) });
    if (tables.length > 0) return tables;
    throw new FaztError("NOT_FOUND", `There is no person ${userId}: nothing carries this id`, {
      hint: "fazt user list shows every person",
    });
  }

  #erasure(userId: string): ErasureRow | undefined {
    return this.deps.db.reader.get<ErasureRow>(`${ERASURE} WHERE hash = ?`, hashOf(userId));
  }
}

function checkId(userId: string): string {
  if (isId("usr", userId)) return userId;
  throw new FaztError(
    "INVALID",
    `Cannot do this for ${JSON.stringify(userId.slice(0, 40))}: ` +
      "it is no person's id",
    { hint: "an id looks like usr_7yc3…; fazt user list shows them" },
  );
}
