import type { Actor, AppActivity, Apps } from "../apps/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Vfs } from "../fs/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { Forgetter, type Forgotten } from "./forgetter.ts";
import { Gone } from "./gone.ts";
import { People } from "./people.ts";
import { Scrubber } from "./scrubber.ts";

/** What {@link Ownership} works with. */
export interface OwnershipDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly vfs: Vfs;
  /** Writes down what waits in memory; of an app that is named it lets go. */
  readonly flush: (appId: string | undefined) => Promise<unknown>;
  readonly record: (activity: AppActivity) => void;
}

/** What purging an app came to. */
export interface Purged extends Forgotten {
  readonly id: string;
  readonly name: string;
}

/** Whose rows are whose, and how they go without a trace. */
export class Ownership {
  readonly gone: Gone;
  readonly people: People;
  readonly #forgetter: Forgetter;

  constructor(private readonly deps: OwnershipDeps) {
    const { db, clock, vfs, flush } = deps;
    this.gone = new Gone(db);
    const { gone } = this;
    const scrubber = new Scrubber(db);
    this.#forgetter = new Forgetter({ db, clock, vfs, gone, scrubber, flush });
    this.people = new People({ db, clock, vfs, gone, forgetter: this.#forgetter });
  }

  /**
   * Removes an app, or one that was removed before, at once and wholly. The activity log keeps that
   * this id was removed, and by whom.
   * @throws {FaztError} `NOT_FOUND`
   */
  async purgeApp(apps: Apps, ref: string, by: Actor): Promise<Purged> {
    const removed = apps.removed().find(({ id }) => id === ref);
    const { id, name } = removed ?? await apps.remove(ref, {}, by);
    const forgotten = await this.#forgetter.app(id);
    this.deps.record({
      userId: by.userId,
      actor: by.name,
      ...(by.address === undefined ? {} : { address: by.address }),
      action: "app.purge",
      target: id,
      appId: id,
      result: "ok",
    });
    return { id, name, ...forgotten };
  }

  /** Forgets apps that were removed 30 days ago; once an hour. */
  async purgeOld(apps: Apps, before: number): Promise<void> {
    if (await apps.purge(before)) await this.#forgetter.finish();
  }

  /** Forgets persons whose time has come; once an hour. */
  eraseDue(): Promise<void> {
    return this.people.tick();
  }

  /** Looks again for what was under way while it was forgotten; once a minute. */
  lookAgain(): Promise<void> {
    return this.#forgetter.tick();
  }
}
