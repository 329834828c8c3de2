import { FaztError } from "../../kernel/lib/fazt_error.ts";

/** What a program said. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of the machine to its end.
 * @throws {FaztError} `COMMAND` when it fails, unless `tolerant`; `NOT_FOUND` when there is none.
 */
export async function spawn(
  command: readonly string[],
  { tolerant = false }: { readonly tolerant?: boolean } = {},
): Promise<Said> {
  const [program, ...args] = command as [string, ...string[]];
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
      env: { LC_ALL: "C" },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const said = { code, stdout: text(stdout), stderr: text(stderr) };
    if (code === 0 || tolerant) return said;
    throw new FaztError(
      "COMMAND",
      `Cannot go on: ${command.join(" ")} failed (${code}): ${said.stderr.trim().slice(0, 500)}`,
      { hint: "mend that, then do this again: what is done already stays", status: 500 },
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    if (tolerant) return { code: 127, stdout: "", stderr: "" };
    throw new FaztError("NOT_FOUND", `Cannot go on: this machine has no ${program}`, {
      hint: program === "systemctl" || program === "journalctl"
        ? "without systemd: start it as koder/specs/service.md shows (container, Termux, by hand)"
        : `install what brings ${program}`,
      status: 404,
    });
  }
}
