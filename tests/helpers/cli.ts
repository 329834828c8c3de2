import { CHECKOUT, type Program, type TestNode } from "./node.ts";

/** What a command did. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line on a node's database, with the program that the node was started with. */
export async function cli(
  node: Pick<TestNode, "db"> & { readonly program?: Program },
  ...args: string[]
): Promise<Ran> {
  const { command, args: before } = node.program ?? CHECKOUT;
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...before, ...args],
    env: { FAZT_DB: node.db, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
