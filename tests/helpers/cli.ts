import { main } from "../../cli/mod.ts";
import { FakeIo } from "../../cli/testing/fake_io.ts";
import { CHECKOUT, type Program, ROOT, type TestNode } from "./node.ts";

/** What a command did. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Target = Pick<TestNode, "db"> & { readonly program?: Program };

/** Runs the command line on a node's database, with the program that the node was started with. */
export function cli(node: Target, ...args: string[]): Promise<Ran> {
  return cliIn(ROOT, node, ...args);
}

/** The same from inside a folder. */
export async function cliIn(cwd: string, node: Target, ...args: string[]): Promise<Ran> {
  const { command, args: before } = node.program ?? CHECKOUT;
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...before, ...args],
    env: { FAZT_DB: node.db, NO_COLOR: "1" },
    cwd,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The same in this process, for tests that run many commands: starting one takes its time. */
export async function cliHere(
  { db, cwd, input }: { readonly db: string; readonly cwd: string; readonly input?: string },
  ...args: string[]
): Promise<Ran> {
  const io = new FakeIo({
    env: { FAZT_DB: db, NO_COLOR: "1" },
    cwd,
    ...(input === undefined ? {} : { input }),
  });
  const code = await main(args, io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}
