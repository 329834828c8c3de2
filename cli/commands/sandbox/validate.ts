import type { CodeFault } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { EXIT } from "../../exit_code.ts";
import { styled } from "../../format.ts";
import { readCode } from "../../sandbox_code.ts";

/** The answer of `POST /api/sandbox/validate`. */
interface ValidateAnswer {
  readonly valid: boolean;
  readonly errors: readonly CodeFault[];
}

/** `fazt sandbox validate`. */
export const command = defineCommand({
  name: "sandbox validate",
  summary: "Check code for a sandbox without running it",
  group: "system",
  args: ["[file]"],
  flags: { eval: "the code itself, instead of a file (- reads stdin)" },
  examples: ["sandbox validate answer.js", "sandbox validate -e 'return 1'"],
  async run({ args, flags, api, out, io }) {
    const code = await readCode(args.file, flags.eval, io);
    const { valid, errors } = await api.post<ValidateAnswer>("/api/sandbox/validate", { code });
    const name = args.file === undefined || args.file === "-" ? "code" : args.file;
    out.result(
      { valid, errors },
      () =>
        valid ? [`${name} can run`] : errors.map(({ message, line, column }) => [
          styled("red", `${name}:${line}:${column}`),
          ` ${message}`,
        ]),
    );
    return valid ? EXIT.ok : EXIT.failed;
  },
});
