import { DatabaseSync } from "node:sqlite";

const root = new URL("../../", import.meta.url).pathname;
const FLAGS = [
  "run",
  "--no-prompt",
  "--allow-all",
  "--v8-flags=--disallow-code-generation-from-strings,--expose-gc,--no-turboshaft-loop-unrolling",
];

/** A node in a process of its own, for measuring. */
export interface BenchNode {
  readonly url: string;
  readonly port: string;
  readonly db: string;
  readonly pid: number;
  /** From starting the process to the first answer, ms. */
  readonly bootMs: number;
  cli(...args: string[]): Promise<string>;
  /** Deploys files by path under a name; gives the folder they are in. */
  deploy(name: string, files: Readonly<Record<string, string>>): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a node on a database, new unless named. */
export async function startBenchNode(
  db = `${Deno.makeTempDirSync({ prefix: "fazt-bench-" })}/data.db`,
  { memoryMb = 4096, seconds = 30, syscallsPerSecond = 1_000_000, env = {} } = {},
): Promise<BenchNode> {
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...FLAGS, `${root}main.ts`, "server", "start", "--db", db, "--port", "0"],
    stdout: "piped",
    stderr: "null",
    env: {
      FAZT_LIMITS_RUNTIME_SYSCALLSPERSECOND: String(syscallsPerSecond),
      FAZT_LIMITS_RUNTIME_SECONDS: String(seconds),
      FAZT_LIMITS_GLOBAL_MEMORYMB: String(memoryMb),
      FAZT_LIMITS_RATE_PERAPP: "1000000",
      FAZT_LIMITS_GLOBAL_CONNECTIONS: "100000",
      ...env,
    },
  }).spawn();
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("Deploy")) text += new TextDecoder().decode((await reader.read()).value);
  reader.releaseLock();
  const raw = new DatabaseSync(db, { readOnly: true });
  const { value } = raw.prepare("SELECT value FROM node WHERE key = 'url'").get() as {
    value: string;
  };
  raw.close();
  await (await fetch(`${value}/health`)).body?.cancel();
  const bootMs = performance.now() - began;
  const cli = async (...args: string[]) => {
    const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
      args: [...FLAGS, `${root}main.ts`, ...args],
      env: { FAZT_DB: db },
    }).output();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  return {
    url: value,
    port: new URL(value).port,
    db,
    pid: child.pid,
    bootMs,
    cli,
    deploy: async (name, files) => {
      const dir = Deno.makeTempDirSync({ prefix: "fazt-app-" });
      for (const [path, text] of Object.entries(files)) {
        Deno.mkdirSync(`${dir}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
        Deno.writeTextFileSync(`${dir}/${path}`, text);
      }
      await cli("app", "deploy", dir, "--name", name, "--yes");
      return dir;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await child.status;
      await child.stdout.cancel().catch(() => {});
    },
  };
}

/** Resident memory of a process, MB. */
export function residentMb(pid: number): number {
  // Not from /proc: Deno keeps that for programs that may do everything.
  const { stdout } = new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(pid)] })
    .outputSync();
  return Math.round(Number(new TextDecoder().decode(stdout)) / 1024);
}

/** The most resident memory a process ever had, MB; of processes that are ours to look at. */
export function peakMb(pid: number): number {
  const { stdout } = new Deno.Command("grep", { args: ["VmHWM", `/proc/${pid}/status`] })
    .outputSync();
  return Math.round(Number(/\d+/.exec(new TextDecoder().decode(stdout))?.[0]) / 1024);
}
