/** Longest wait after failures, as a multiple of a task's own interval. */
const MAX_BACKOFF = 16;

interface Task {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
  timer: ReturnType<typeof setTimeout> | undefined;
  running: Promise<void> | undefined;
  failures: number;
}

/** Runs all background work: never two of a kind at once, with backoff, and nothing it throws escapes. */
export class Supervisor {
  readonly #tasks: Task[] = [];
  #stopped = false;

  constructor(private readonly onError: (task: string, error: unknown) => void) {}

  /** Runs `run` again and again, `everyMs` after each end; the first time after one interval. */
  every(everyMs: number, task: { readonly name: string; readonly run: () => Promise<unknown> }) {
    const entry: Task = {
      ...task,
      everyMs,
      timer: undefined,
      running: undefined,
      failures: 0,
    };
    this.#tasks.push(entry);
    this.#plan(entry);
  }

  /** Starts nothing more and waits for what is running. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const task of this.#tasks) clearTimeout(task.timer);
    await Promise.all(this.#tasks.map((task) => task.running));
  }

  #plan(task: Task): void {
    if (this.#stopped) return;
    const wait = task.everyMs * Math.min(MAX_BACKOFF, 2 ** task.failures);
    task.timer = setTimeout(() => task.running = this.#run(task), wait);
    // A node with nothing else to do may end.
    Deno.unrefTimer(task.timer);
  }

  async #run(task: Task): Promise<void> {
    try {
      await task.run();
      task.failures = 0;
    } catch (error) {
      task.failures++;
      this.onError(task.name, error);
    } finally {
      task.running = undefined;
      this.#plan(task);
    }
  }
}
