import { Connection } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";

/** A node in a process of its own. */
export interface Trial {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly dbPath: string;
  /** What it must say it is. */
  readonly version: string;
  /** Time until it must be well, ms. */
  readonly limitMs: number;
  /** Whether what it writes is passed on to this process's own streams. */
  readonly loud: boolean;
  readonly signal?: AbortSignal;
}

/** A child whose last words on stderr are kept. */
export interface Child {
  readonly process: Deno.ChildProcess;
  /** Ends it as a service manager would; killed when it does not listen. */
  end(): Promise<number>;
}

/** Between two looks, ms. */
const LOOK_MS = 50;
/** Time to stop until it is killed, ms; more than requests get to finish. */
const STOP_MS = 30_000;
const LAST_WORDS = 2000;

/** Starts an executable as a child. */
export function spawnChild(
  { file, args, env, loud }: Pick<Trial, "file" | "args" | "env" | "loud">,
): Child & { readonly said: () => string } {
  const process = new Deno.Command(file, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    stdin: "null",
    stdout: loud ? "inherit" : "null",
    stderr: "piped",
    // What a terminal sends to everybody is for the parent alone, which passes it on once.
    detached: true,
  }).spawn();
  let said = "";
  const decoder = new TextDecoder();
  (async () => {
    for await (const chunk of process.stderr) {
      said = (said + decoder.decode(chunk, { stream: true })).slice(-LAST_WORDS);
      if (loud) {
        for (let at = 0; at < chunk.length;) at += await Deno.stderr.write(chunk.subarray(at));
      }
    }
  })().catch(() => {});
  return { process, said: () => said, end: () => endChild(process) };
}

async function endChild(process: Deno.ChildProcess): Promise<number> {
  const kill = (signal: Deno.Signal) => {
    try {
      process.kill(signal);
    } catch { /* it has ended */ }
  };
  kill("SIGTERM");
  const timer = setTimeout(() => kill("SIGKILL"), STOP_MS);
  const { code } = await process.status;
  clearTimeout(timer);
  return code;
}

/**
 * Starts a node and waits until it is well: it holds the database, answers, and is the version it
 * should be. What does not come up is ended.
 * @throws {FaztError} `UPGRADE_HEALTH` saying why.
 */
export async function bringUp(trial: Trial): Promise<Child> {
  let child: ReturnType<typeof spawnChild>;
  try {
    child = spawnChild(trial);
  } catch (cause) {
    throw notWell(trial.version, `it cannot be started: ${(cause as Error).message}`, cause);
  }
  let ended: Deno.CommandStatus | undefined;
  const status = child.process.status.then((status) => ended = status);
  const deadline = performance.now() + trial.limitMs;
  let last = "it does not answer";
  try {
    while (performance.now() < deadline) {
      trial.signal?.throwIfAborted();
      if (ended) throw notWell(trial.version, wordsOf(ended, child.said()));
      const found = await look(trial, child.process.pid);
      if (found === undefined) return child;
      last = found;
      await Promise.race([status, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
    }
    throw notWell(trial.version, `${last} after ${Math.round(trial.limitMs / 1000)} s`);
  } catch (error) {
    await child.end();
    throw error;
  }
}

/** Why the child is not well yet; undefined when it is. */
async function look({ dbPath, version }: Trial, pid: number): Promise<string | undefined> {
  const record = nodeRecord(dbPath);
  if (record.get("pid") !== String(pid)) return "it does not answer";
  try {
    const response = await fetch(`${record.get("url")}/api/system/health`, {
      headers: { authorization: `Bearer ${record.get("token")}` },
      signal: AbortSignal.timeout(5000),
    });
    const { data } = await response.json();
    if (data?.version === version) return undefined;
    return `it says that it is ${String(data?.version).slice(0, 50)}`;
  } catch (error) {
    return `it does not answer: ${(error as Error).message}`;
  }
}

function nodeRecord(dbPath: string): Map<string, string> {
  try {
    const db = new Connection(dbPath, { readOnly: true });
    try {
      const rows = db.all<{ key: string; value: string }>("SELECT key, value FROM node");
      return new Map(rows.map(({ key, value }) => [key, value]));
    } finally {
      db.close();
    }
  } catch {
    // It is not there yet, or being brought up to date.
    return new Map();
  }
}

function wordsOf({ code, signal }: Deno.CommandStatus, said: string): string {
  const line = said.trim().split("\n").find((line) => /error/i.test(line)) ??
    said.trim().split("\n").at(-1) ?? "";
  const how = signal ? `it was ended by ${signal}` : `it ended with code ${code}`;
  return line === "" ? how : `${how}: ${line.slice(0, 500)}`;
}

function notWell(version: string, why: string, cause?: unknown): FaztError {
  return new FaztError("UPGRADE_HEALTH", `${version} does not come up: ${why}`, {
    hint: "the executable of before runs on; tell whoever made this release",
    status: 500,
    cause,
  });
}
