/** Tasks that are run at once before the event loop gets its turn, and how long that is at least, ms. */
const [AT_ONCE, TURN_MS] = [4, 2];

/** Runs tasks in their order, a few at a time: a burst of newcomers does not hold up who is there. */
export class Pace {
  readonly #queue: (() => void)[] = [];
  #left = AT_ONCE;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Runs a task now, or when its turn comes. */
  run(task: () => void): void {
    this.#timer ??= setTimeout(() => this.#next(), TURN_MS);
    if (this.#left === 0) return void this.#queue.push(task);
    this.#left--;
    task();
  }

  #next(): void {
    this.#timer = undefined;
    this.#left = AT_ONCE;
    for (const task of this.#queue.splice(0, AT_ONCE)) this.run(task);
    if (this.#queue.length > 0) this.#timer ??= setTimeout(() => this.#next(), TURN_MS);
  }
}
