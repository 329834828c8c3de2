/** The kernel's own words, one line each on stderr. */
export class KernelLog {
  constructor(private readonly write: (line: string) => void = console.error) {}

  info(message: string): void {
    this.#line("info", message);
  }

  warn(message: string): void {
    this.#line("warn", message);
  }

  error(message: string): void {
    this.#line("error", message);
  }

  #line(level: string, message: string): void {
    this.write(`${new Date().toISOString()} ${level} ${printable(message)}`);
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
