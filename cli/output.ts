import { styleText } from "node:util";
import type { Io, Sink } from "./io.ts";
import { sanitise, sanitiseJson, sanitiseLines } from "./sanitise.ts";

/** Looks that a span of text may have. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
/** A piece of a line. Whatever its text says, it cannot leave its line or steer the terminal. */
export type Span = string | { readonly text: string; readonly style: Style };
/** A line for a person. */
export type Line = Span | readonly Span[];

/** Data on stdout, messages on stderr; the only way anything is written. */
export class Output {
  readonly #encoder = new TextEncoder();

  constructor(private readonly io: Pick<Io, "stdout" | "stderr" | "env">, readonly json: boolean) {}

  /** Prints a command's result: the data with `--json`, else the lines for a person. */
  result(data: unknown, human: () => readonly Line[]): void {
    if (this.json) return this.#write(this.io.stdout, toJson(data, 2));
    this.lines(human());
  }

  /** One element of a result without end: a line of JSON with `--json`, else the lines. */
  item(data: unknown, human: () => readonly Line[]): void {
    if (this.json) return this.#write(this.io.stdout, toJson(data));
    this.lines(human());
  }

  /** Lines on stdout. */
  lines(lines: readonly Line[]): void {
    for (const line of lines) this.#write(this.io.stdout, this.#render(line, this.io.stdout));
  }

  /** A message on stderr. */
  message(...lines: readonly Line[]): void {
    for (const line of lines) this.#write(this.io.stderr, this.#render(line, this.io.stderr));
  }

  /** Bytes from elsewhere on stdout: as they are into a pipe or file, harmless on a terminal. */
  bytes(bytes: Uint8Array): void {
    if (!this.io.stdout.isTerminal) return this.io.stdout.write(bytes);
    const text = sanitiseLines(new TextDecoder().decode(bytes));
    this.#write(this.io.stdout, text.replace(/\n$/, ""));
  }

  /** Replaces the terminal's current line on stderr; nothing where stderr is not a terminal. */
  status(text: string): void {
    if (!this.io.stderr.isTerminal) return;
    const fitting = sanitise(text).slice(0, this.io.stderr.columns() - 1);
    this.io.stderr.write(this.#encoder.encode(`\r\x1b[2K${fitting}`));
  }

  #render(line: Line, sink: Sink): string {
    const spans = Array.isArray(line) ? line as readonly Span[] : [line as Span];
    return spans.map((span) => {
      if (typeof span === "string") return sanitise(span);
      const text = sanitise(span.text);
      return this.#colours(sink) ? styleText(span.style, text, { validateStream: false }) : text;
    }).join("");
  }

  /** See no-color.org; `FORCE_COLOR` is its opposite. */
  #colours(sink: Sink): boolean {
    const { NO_COLOR, FORCE_COLOR, TERM } = this.io.env;
    if (NO_COLOR) return false;
    if (FORCE_COLOR) return FORCE_COLOR !== "0";
    return sink.isTerminal && TERM !== "dumb";
  }

  #write(sink: Sink, line: string): void {
    sink.write(this.#encoder.encode(line + "\n"));
  }
}

function toJson(data: unknown, indent?: number): string {
  return sanitiseJson(JSON.stringify(data ?? null, null, indent));
}
