import { FLAGS, ROOT } from "../helpers/mod.ts";

/** What a build said. */
export interface Built {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `deno task compile` with these options. */
export async function build(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Built> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...FLAGS, `${ROOT}.build/compile.ts`, ...args],
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
