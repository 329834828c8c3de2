import { DatabaseSync } from "node:sqlite";

/** The project's root, with a slash at its end. */
export const ROOT = new URL("../../", import.meta.url).pathname;
/** Flags the product runs with. */
export const FLAGS = [
  "--no-prompt",
  "--allow-all",
  "--v8-flags=--disallow-code-generation-from-strings,--expose-gc,--no-turboshaft-loop-unrolling",
];

/** How Fazt is started: what comes before its own arguments. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** This checkout. */
export const CHECKOUT: Program = {
  command: Deno.execPath(),
  args: ["run", ...FLAGS, `${ROOT}main.ts`],
};

/** A node in a process of its own. */
export interface TestNode {
  readonly child: Deno.ChildProcess;
  readonly program: Program;
  /** Where its API answers on this machine. */
  readonly url: string;
  readonly port: string;
  readonly db: string;
  /** The command line's own token. */
  readonly token: string;
  /** The token of the owner link it printed. */
  readonly ownerToken: string;
  /** Stops it as an owner would and removes what it left, if the folder was made for it. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Ends it without any warning. */
  kill(): Promise<void>;
}

/** Options of {@link startNode}. */
export interface NodeOptions {
  readonly db?: string;
  /** Settings, such as `{"limits.vfs.fileMb": "1"}`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How the program is started; default: this checkout. */
  readonly program?: Program;
  /** Its port, where somebody knows it beforehand; default: a free one. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a node on a free port; resolves when it answers. */
export async function startNode(options: NodeOptions = {}): Promise<TestNode> {
  const folder = options.db ? undefined : await Deno.makeTempDir({ prefix: "fazt-test-" });
  const db = options.db ?? `${folder}/data.db`;
  const program = options.program ?? CHECKOUT;
  const env = Object.fromEntries(
    Object.entries(options.settings ?? {}).map(([key, value]) => [
      `FAZT_${key.replaceAll(".", "_").toUpperCase()}`,
      value,
    ]),
  );
  const child = new Deno.Command(program.command, {
    args: [...program.args, "server", "start", "--db", db, "--port", String(options.port ?? 0)],
    env: { ...env, ...options.env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = drain(child.stderr.getReader());
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("Deploy")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the node ended early: ${text}${errors.text}`);
    text += new TextDecoder().decode(value);
  }
  drain(reader);
  const record = nodeRecord(db);
  return {
    child,
    program,
    url: record.url,
    port: new URL(record.url).port,
    db,
    token: record.token,
    ownerToken: /welcome#(\w+)/.exec(text)![1]!,
    kill: async () => {
      child.kill("SIGKILL");
      await child.status;
    },
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGTERM");
      } catch { /* it has ended */ }
      await child.status;
      if (folder) await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Reads a stream to its end so that its writer never waits. */
function drain(reader: ReadableStreamDefaultReader<Uint8Array>): { text: string } {
  const seen = { text: "" };
  (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      seen.text += new TextDecoder().decode(value);
    }
  })().catch(() => {});
  return seen;
}

function nodeRecord(db: string): { url: string; token: string } {
  const raw = new DatabaseSync(db, { readOnly: true });
  const rows = raw.prepare("SELECT key, value FROM node").all() as { key: string; value: string }[];
  raw.close();
  const record = new Map(rows.map((row) => [row.key, row.value]));
  return { url: record.get("url")!, token: record.get("token")! };
}
