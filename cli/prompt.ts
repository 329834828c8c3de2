import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";
import { usageError } from "./usage_error.ts";

/** Asks a person; never when there is none. */
export class Prompt {
  constructor(
    private readonly io: Pick<Io, "stdin">,
    private readonly out: Output,
    private readonly yes: boolean,
  ) {}

  /**
   * Goes on only when the user agrees. `--yes` agrees to everything.
   * @throws {FaztError} `CANCELLED`, or `USAGE` when stdin is not a terminal.
   */
  async agree(question: string): Promise<void> {
    if (this.yes) return;
    if (!this.io.stdin.isTerminal) {
      throw usageError(
        `Cannot ask "${question}": stdin is not a terminal`,
        "add --yes to answer yes",
      );
    }
    this.out.message([{ text: "? ", style: "cyan" }, `${question} [y/N] `]);
    if (/^y(es)?$/i.test((await this.io.stdin.readLine() ?? "").trim())) return;
    throw new FaztError("CANCELLED", "Cancelled: nothing was changed");
  }

  /** A secret: typed without echo on a terminal, else the first line of stdin. */
  async secret(question: string): Promise<string | undefined> {
    this.out.message(
      this.io.stdin.isTerminal
        ? [{ text: "? ", style: "cyan" }, question]
        : `reading a line from stdin: ${question}`,
    );
    return (await this.io.stdin.readLine({ hidden: true }))?.trim() || undefined;
  }
}
