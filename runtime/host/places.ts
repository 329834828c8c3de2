/** Time one that others wait for may keep its place at least, ms. */
const TURN_MS = 1000;

/** One app as the places see it. */
export interface Tenant {
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
 * that wait are served in turn, each one place at a time.
 */
export class Places {
  readonly #held = new Map<Tenant, Held>();
  readonly #queue = new Set<Tenant>();
  #taken = 0;

  constructor(private readonly max: () => number) {}

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
    this.#yieldIdle(tenant);
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
    for (const tenant of [...this.#queue]) {
      if (this.#queue.size <= this.#leaving) return;
      if (!this.#yieldIdle(tenant) && !this.#yieldBusy(tenant)) return;
    }
  }

  get #leaving(): number {
    return [...this.#held.values()].reduce((sum, { leaving }) => sum + leaving, 0);
  }

  #serve(): void {
    for (const tenant of this.#queue) {
      if (this.#taken >= Math.max(1, this.max())) return;
      this.#queue.delete(tenant);
      const held = this.#held.get(tenant) ?? { places: 0, leaving: 0, at: 0 };
      held.places++;
      held.at = performance.now();
      this.#held.set(tenant, held);
      this.#taken++;
      if (!tenant.start()) this.left(tenant);
    }
  }

  /** Those that could give up a place to `tenant`, who had theirs longest first. */
  #others(tenant: Tenant): [Tenant, Held][] {
    return [...this.#held]
      .filter(([other, { places, leaving }]) => other !== tenant && places > leaving)
      .sort(([, a], [, b]) => a.at - b.at);
  }

  #yieldIdle(tenant: Tenant): boolean {
    return this.#others(tenant).some(([other, held]) => leave(held, () => other.yieldIdle()));
  }

  #yieldBusy(tenant: Tenant): boolean {
    const others = this.#others(tenant);
    const spread = ({ places, leaving }: Held) => places - leaving;
    const most = others.filter(([, held]) => spread(held) > 1)
      .sort(([, a], [, b]) => spread(b) - spread(a));
    const longest = others.filter(([, { at }]) => performance.now() - at >= TURN_MS);
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
