import { formatBytes } from "../kernel/lib/bytes.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";
import type { UploadListener } from "./upload_missing.ts";

/** Shortest time between two redraws on a terminal, milliseconds. */
const REDRAW_MS = 80;
/** Shortest time between two lines elsewhere, milliseconds. */
const LINE_MS = 5000;

/** How long work goes: one line that changes on a terminal, plain lines now and then elsewhere. */
export class Progress {
  #done = 0;
  #bytes = 0;
  #shown: number;

  constructor(
    private readonly out: Output,
    private readonly terminal: boolean,
    private readonly label: string,
    private readonly total: { readonly items: number; readonly bytes: number },
    private readonly now: () => number = performance.now.bind(performance),
  ) {
    this.#shown = now();
  }

  /** One more item of so many bytes is done. */
  add(bytes: number): void {
    this.#done++;
    this.#bytes += bytes;
    const now = this.now();
    if (now - this.#shown < (this.terminal ? REDRAW_MS : LINE_MS)) return;
    this.#shown = now;
    if (this.terminal) this.out.status(this.#text());
    else this.out.message(this.#text());
  }

  /** Clears the line. */
  end(): void {
    this.out.status("");
  }

  #text(): string {
    const { items, bytes } = this.total;
    return `${this.label} ${this.#done}/${items} files, ${formatBytes(this.#bytes)} of ${
      formatBytes(bytes)
    }`;
  }
}

/** Shows how a deploy or an upload goes. */
export function deployProgress(out: Output, io: Pick<Io, "stderr">): UploadListener {
  let progress: Progress | undefined;
  return {
    begin(step, total) {
      progress?.end();
      progress = new Progress(out, io.stderr.isTerminal, step, total);
    },
    step: (bytes) => progress?.add(bytes),
    end: () => progress?.end(),
  };
}
