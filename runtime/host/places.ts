/** Time one that others wait for may keep its place at least, ms. */
const TURN_MS = 1000;

/** One app as the places see it. */
export interface Tenant {
  /** Whether it took much memory a moment ago: only so many of those have places at once. */
  readonly heavy: boolean;
  /** Starts an isolate in the place it got; tells whether it still wanted it. */
  start(): boolean;
  /** Gives up an isolate that does nothing, at once; tells whether there was one. */
  yieldIdle(): boolean;
  /** Lets one isolate finish what it does, then go; tells whether there was one. */
  yieldBusy(): boolean;
}

interface Held {
  places: number;
  /** Of those, how many are about to be left. */
  leaving: number;
  /** When it last got one, on the clock of `performance.now()`. */
  at: number;
}

/**
 * How many isolates may live on the node at once, and who gets the next: an app that waits for one
 * gets an idle one's place, else one of whoever has most, else that of whoever had it longest. Apps
 * that wait are served in turn, each one place at a time. Heavy ones wait for each other besides.
 */
export class Places {
  readonly #held = new Map<Tenant, Held>();
  readonly #queue = new Set<Tenant>();
  #taken = 0;

  constructor(
    private readonly max: () => number,
    /** Places that heavy apps may have together. */
    private readonly heavyMax: () => number,
  ) {}

  /** Apps that wait for a place. */
  get waiting(): number {
    return this.#queue.size;
  }

  /**
   * Calls the tenant's `start` as soon as there is a place: now, if there is one. For one `more` it
   * takes what nobody uses, or nothing: it does not wait.
   */
  ask(tenant: Tenant, more: boolean): void {
    if (this.#queue.has(tenant)) return;
    this.#queue.add(tenant);
    this.#serve();
    if (!this.#queue.has(tenant)) return;
    if (!more) return this.makeRoom();
    if (!this.#crowdedOut(tenant)) this.#yieldIdle(this.#others(tenant));
    this.#queue.delete(tenant);
  }

  /** An isolate of it has gone. */
  left(tenant: Tenant): void {
    const held = this.#held.get(tenant);
    if (held === undefined) return;
    this.#taken--;
    if (held.leaving > 0) held.leaving--;
    if (--held.places === 0) this.#held.delete(tenant);
    this.#serve();
  }

  /** Has isolates leave for as many as wait. To be called from time to time while any do. */
  makeRoom(): void {
    // One may be heavy no more.
    this.#serve();
    let [waiting, waitingHeavy] = [0, 0];
    for (const tenant of [...this.#queue]) {
      const heavy = this.#crowdedOut(tenant);
      const others = this.#others(tenant).filter(([{ heavy: is }]) => is || !heavy);
      const leaving = others.reduce((sum, [, held]) => sum + held.leaving, 0);
      if ((heavy ? ++waitingHeavy : ++waiting) <= leaving) continue;
      if (!this.#yieldIdle(others)) this.#yieldBusy(others);
    }
  }

  /** Places that heavy apps have beyond those they may have: some were not heavy when they came. */
  get tooHeavy(): number {
    let taken = 0;
    for (const [{ heavy }, { places }] of this.#held) if (heavy) taken += places;
    return taken - Math.max(1, this.heavyMax());
  }

  /** Whether heavy apps have all the places that such may have, and it is one. */
  #crowdedOut(tenant: Tenant): boolean {
    return tenant.heavy && this.tooHeavy >= 0;
  }

  #serve(): void {
    for (const tenant of this.#queue) {
      if (this.#taken >= Math.max(1, this.max())) return;
      if (this.#crowdedOut(tenant)) continue;
      this.#queue.delete(tenant);
      const held = this.#held.get(tenant) ?? { places: 0, leaving: 0, at: 0 };
      held.places++;
      held.at = performance.now();
      this.#held.set(tenant, held);
      this.#taken++;
      if (!tenant.start()) this.left(tenant);
    }
  }

  /** All others with places, who had theirs longest first. */
  #others(tenant: Tenant): [Tenant, Held][] {
    return [...this.#held].filter(([other]) => other !== tenant)
      .sort(([, a], [, b]) => a.at - b.at);
  }

  #yieldIdle(others: readonly [Tenant, Held][]): boolean {
    return others.some(([other, held]) =>
      held.places > held.leaving && leave(held, () => other.yieldIdle())
    );
  }

  #yieldBusy(others: readonly [Tenant, Held][]): boolean {
    const spread = ({ places, leaving }: Held) => places - leaving;
    const most = others.filter(([, held]) => spread(held) > 1)
      .sort(([, a], [, b]) => spread(b) - spread(a));
    const longest = others.filter(([, held]) =>
      spread(held) > 0 && performance.now() - held.at >= TURN_MS
    );
    return [...most, ...longest].some(([other, held]) => leave(held, () => other.yieldBusy()));
  }
}

/** Counts one as leaving, unless it does not: it may have gone before this returns. */
function leave(held: Held, yields: () => boolean): boolean {
  held.leaving++;
  const does = yields();
  if (!does) held.leaving--;
  return does;
}
