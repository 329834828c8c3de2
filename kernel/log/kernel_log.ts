/** What of a line is more than words. */
export interface KernelLineFacts {
  /** The request that it is about. */
  readonly requestId?: string | undefined;
  readonly fields?: unknown;
}

/** One line of the kernel's own. */
export interface KernelLine extends KernelLineFacts {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

/** Lines kept for whoever comes to listen, from before anybody could. */
const MAX_EARLY = 200;

/** The kernel's own words, one line each on stderr, and to whoever keeps them. */
export class KernelLog {
  #keep: ((line: KernelLine) => void) | undefined;
  #early: KernelLine[] = [];

  constructor(private readonly write: (line: string) => void = console.error) {}

  info(message: string, facts?: KernelLineFacts): void {
    this.#line({ level: "info", message, ...facts });
  }

  warn(message: string, facts?: KernelLineFacts): void {
    this.#line({ level: "warn", message, ...facts });
  }

  error(message: string, facts?: KernelLineFacts): void {
    this.#line({ level: "error", message, ...facts });
  }

  /** Hands every line to a keeper too, those so far included. */
  keepWith(keep: (line: KernelLine) => void): void {
    this.#keep = keep;
    for (const line of this.#early.splice(0)) keep(line);
  }

  #line(line: KernelLine): void {
    const id = line.requestId === undefined ? "" : ` [${line.requestId}]`;
    this.write(`${new Date().toISOString()} ${line.level}${id} ${printable(line.message)}`);
    if (this.#keep !== undefined) this.#keep(line);
    else if (this.#early.length < MAX_EARLY) this.#early.push(line);
  }
}

/** The text with everything a terminal or a line-based reader would act upon made visible. */
export function printable(text: string): string {
  return text.slice(0, 4000).toWellFormed().replace(
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (c) => c === "\n" ? " | " : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
