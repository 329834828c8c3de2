import type { Io, Sink } from "../io.ts";

/** What a {@link FakeIo} starts with. */
export interface FakeIoOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** stdin, stdout and stderr are terminals. */
  readonly terminal?: boolean;
  /** What stdin holds. */
  readonly input?: string;
}

/** The world of a command line in memory. */
export class FakeIo implements Io {
  readonly stdout: Capture;
  readonly stderr: Capture;
  readonly stdin: Io["stdin"];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly #listeners = new Set<() => void>();

  constructor({ env = {}, cwd = Deno.cwd(), terminal = false, input = "" }: FakeIoOptions = {}) {
    this.stdout = new Capture(terminal);
    this.stderr = new Capture(terminal);
    this.env = env;
    this.cwd = cwd;
    const lines = input === "" ? [] : input.replace(/\n$/, "").split("\n");
    this.stdin = {
      isTerminal: terminal,
      readLine: () => Promise.resolve(lines.shift()),
      stream: () => new Blob([input]).stream(),
      readAll: () => Promise.resolve(new TextEncoder().encode(input)),
    };
  }

  onInterrupt(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Presses Ctrl-C. */
  interrupt(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** What `--json` printed. */
  json<T>(): T {
    return JSON.parse(this.stdout.text) as T;
  }
}

/** An output kept in memory. */
export class Capture implements Sink {
  readonly #decoder = new TextDecoder();
  text = "";
  /** Throws as a closed pipe does. */
  broken = false;

  constructor(readonly isTerminal: boolean) {}

  columns(): number {
    return 80;
  }

  write(bytes: Uint8Array): void {
    if (this.broken) throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
    this.text += this.#decoder.decode(bytes, { stream: true });
  }
}
