/** Options of {@link Slots}. */
export interface SlotsOptions {
  /** Places of one owner, and of all together. */
  readonly perOwner: number;
  readonly total: number;
  /** How long somebody waits for a place, ms. */
  readonly waitMs: number;
  /** How many may wait for one owner's places. */
  readonly maxWaiting: number;
}

/** A place that was taken. Each part is given back once; again does nothing. */
export interface Slot {
  /** Gives back the place among all. */
  readonly finish: () => void;
  /** Gives back the owner's place. */
  readonly end: () => void;
}

interface Waiter {
  readonly owner: string;
  readonly resolve: (slot: Slot | undefined) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Places for what costs a thread: so many for each owner, so many for all. What cannot be stopped
 * keeps the place of its owner, but not one of all.
 */
export class Slots {
  readonly #owners = new Map<string, number>();
  #taken = 0;
  #waiting: Waiter[] = [];

  constructor(private readonly options: SlotsOptions) {}

  /** A place, now or as soon as one is free; undefined after the wait, or where too many wait. */
  take(owner: string): Promise<Slot | undefined> {
    if (this.#free(owner)) return Promise.resolve(this.#slot(owner));
    const { maxWaiting, waitMs } = this.options;
    if (this.#waiting.filter((one) => one.owner === owner).length >= maxWaiting) {
      return Promise.resolve(undefined);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((one) => one !== waiter);
        resolve(undefined);
      }, waitMs);
      const waiter: Waiter = { owner, resolve, timer };
      this.#waiting.push(waiter);
    });
  }

  #free(owner: string): boolean {
    const { perOwner, total } = this.options;
    return this.#taken < total && (this.#owners.get(owner) ?? 0) < perOwner;
  }

  #slot(owner: string): Slot {
    this.#taken++;
    this.#owners.set(owner, (this.#owners.get(owner) ?? 0) + 1);
    return {
      finish: once(() => {
        this.#taken--;
        this.#serve();
      }),
      end: once(() => {
        const left = this.#owners.get(owner)! - 1;
        if (left === 0) this.#owners.delete(owner);
        else this.#owners.set(owner, left);
        this.#serve();
      }),
    };
  }

  #serve(): void {
    for (const waiter of [...this.#waiting]) {
      if (!this.#free(waiter.owner)) continue;
      this.#waiting = this.#waiting.filter((one) => one !== waiter);
      clearTimeout(waiter.timer);
      waiter.resolve(this.#slot(waiter.owner));
    }
  }
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}
