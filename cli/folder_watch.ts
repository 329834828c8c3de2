/** How long the folders must be quiet until a change counts as finished, milliseconds. */
const QUIET_MS = 100;
/** The longest one waits for that where writing never ends, milliseconds. */
const LONGEST_MS = 2000;

/**
 * Notices changes of what lies directly in some folders. Each is watched by itself, so that
 * `node_modules` and the like cost nothing.
 */
export class FolderWatch implements Disposable {
  readonly #watcher: Deno.FsWatcher;
  #firstAt: number | undefined;
  #lastAt = 0;
  #ended = false;
  #wake = () => {};

  /** @throws {Deno.errors.NotFound} when one of them is gone already. */
  constructor(folders: readonly string[]) {
    this.#watcher = Deno.watchFs([...folders], { recursive: false });
    this.#listen();
  }

  /** Resolves once something has changed since the watch began and writing has come to rest. */
  async changed(signal: AbortSignal): Promise<void> {
    const stop = () => this.#wake();
    signal.addEventListener("abort", stop, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        const left = this.#timeLeft();
        if (left !== undefined && left <= 0) return;
        await this.#next(left);
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  [Symbol.dispose](): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watcher.close();
  }

  /** Milliseconds until the change counts; undefined while there is none. */
  #timeLeft(): number | undefined {
    if (this.#firstAt === undefined) return undefined;
    return Math.min(this.#lastAt + QUIET_MS, this.#firstAt + LONGEST_MS) - performance.now();
  }

  /** The next event, or the end of so many milliseconds. */
  async #next(ms: number | undefined): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (ms !== undefined) timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
  }

  async #listen(): Promise<void> {
    for await (const { kind } of this.#watcher) {
      // To read a file is an event too, and the deploy itself reads.
      if (kind === "access") continue;
      this.#lastAt = performance.now();
      this.#firstAt ??= this.#lastAt;
      this.#wake();
    }
  }
}
