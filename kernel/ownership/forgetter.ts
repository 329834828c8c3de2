import type { Database } from "../db/mod.ts";
import type { Vfs } from "../fs/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import { forgetAppStep } from "./app_operations.ts";
import type { Gone } from "./gone.ts";
import { hashOf } from "./gone.ts";
import {
  findRows,
  finishPerson,
  forgetRows,
  type Place,
  settleUsage,
} from "./person_operations.ts";
import type { Copy, Scrubber } from "./scrubber.ts";

/** Rows one write forgets at most. */
const ROWS = 500;
/** How long something that was under way may still write a row, ms. */
const LATE_MS = 2 * 60_000;

/** What {@link Forgetter} works with. */
export interface ForgetterDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly vfs: Vfs;
  readonly gone: Gone;
  readonly scrubber: Scrubber;
  /** Writes down what waits in memory, so that it is found; of an app that is named it lets go. */
  readonly flush: (appId: string | undefined) => Promise<unknown>;
}

/** How forgetting ended. */
export interface Forgotten {
  /** Whether nothing is left in the database's files; else it is tried again in the background. */
  readonly clean: boolean;
  /** Copies that hold it until they go. */
  readonly copies: readonly Copy[];
}

/** A person to forget. */
export interface Leaving {
  readonly userId: string;
  /** Whose their rows become; null: the rows go. */
  readonly pseudonym: string | null;
}

/** Forgets apps and persons for good, in small writes, one after the other. */
export class Forgetter {
  #turn: Promise<unknown> = Promise.resolve();
  /** What to look at again, for rows that were under way. */
  readonly #late = new Map<
    string,
    { readonly until: number; readonly again: () => Promise<boolean> }
  >();

  constructor(private readonly deps: ForgetterDeps) {}

  /** An app that is removed already: everything it had, files and log lines too. */
  app(appId: string): Promise<Forgotten> {
    return this.#inTurn(async () => {
      this.deps.gone.app(appId);
      await this.deps.flush(appId);
      await this.#stepsOfApp(appId);
      this.#again(appId, () => this.#stepsOfApp(appId));
      return await this.finish();
    });
  }

  /** A person who is marked already. */
  person(leaving: Leaving): Promise<Forgotten> {
    return this.#inTurn(async () => {
      const { db, gone, clock } = this.deps;
      const { userId } = leaving;
      const hash = hashOf(userId);
      const fixed = { ...leaving, other: leaving.pseudonym ?? newId("usr") };
      await this.deps.flush(undefined);
      await this.#stepsOfPerson(fixed);
      await db.write(finishPerson, { userId, hash, at: clock() });
      gone.left(userId);
      this.#again(userId, async () => {
        const some = await this.#stepsOfPerson(fixed);
        if (some) await db.write(finishPerson, { userId, hash, at: clock() });
        return some;
      });
      return await this.finish();
    });
  }

  /** What follows every forgetting: blobs without a name go, then the bytes. */
  async finish(): Promise<Forgotten> {
    const { vfs, scrubber } = this.deps;
    await vfs.sweepUnnamed();
    return { clean: await scrubber.clean(), copies: await scrubber.copies() };
  }

  /** Looks again for what was under way while it was forgotten. */
  tick(): Promise<void> {
    return this.#inTurn(async () => {
      const now = this.deps.clock();
      let some = false;
      for (const [id, { until, again }] of this.#late) {
        if (await again()) some = true;
        if (until < now) this.#late.delete(id);
      }
      if (some) await this.finish();
      else await this.deps.scrubber.tick();
    });
  }

  async #stepsOfApp(appId: string): Promise<boolean> {
    let some = false;
    while (await this.deps.db.write(forgetAppStep, { appId, limit: ROWS })) some = true;
    return some;
  }

  async #stepsOfPerson(
    { userId, pseudonym, other }: Leaving & { readonly other: string },
  ): Promise<boolean> {
    const { db } = this.deps;
    const params = { userId, pseudonym: other, anonymise: pseudonym !== null };
    let some = false;
    let from: Place | undefined;
    do {
      const { table, keys, next } = await db.background(findRows, { userId, from, limit: ROWS });
      for (let done = 0; done < keys.length; some = true) {
        done += await db.write(forgetRows, { ...params, table, keys: keys.slice(done) });
      }
      from = next;
    } while (from);
    return await db.write(settleUsage, params) || some;
  }

  #again(id: string, again: () => Promise<boolean>): void {
    this.#late.set(id, { until: this.deps.clock() + LATE_MS, again });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work, work);
    this.#turn = next.catch(() => {});
    return next;
  }
}
