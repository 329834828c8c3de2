import type { SettingKey } from "../kernel/config/mod.ts";
import { toFaztError } from "../kernel/lib/fazt_error.ts";
import {
  CHILD,
  type Child,
  type HandOver,
  handOver,
  HANDS_OVER,
  leavePlan,
  type Outcome,
  outcomeOf,
  startAgain,
  takePlan,
} from "../kernel/upgrade/mod.ts";
import { EXIT } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { type RunningNode, startNode } from "./node.ts";
import { ownExecutable } from "./program.ts";
import { RELEASE_KEYS } from "./version.ts";

/** What {@link runNode} is told. */
export interface RunOptions {
  readonly dbPath: string;
  readonly flags: Partial<Record<SettingKey, unknown>>;
  readonly env: Io["env"];
  /** Aborts when the node is to stop. */
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  /** Told where a node answers, each time one starts. */
  readonly announce: (node: RunningNode) => void;
}

/** Who starts this program again when it ends: set where a service manager does. */
const RESTARTED_BY = "FAZT_RESTARTED_BY";
/** Between two looks at whether the parent is still there, ms. */
const PARENT_MS = 500;

/**
 * Runs a node until it is told to stop, through upgrades too. The process that a person or a
 * service manager started goes on: after an upgrade the new executable runs as its child, or, where
 * somebody starts this program again, it ends so that they do.
 * @returns the exit code.
 */
export async function runNode(options: RunOptions): Promise<number> {
  const { env, signal, say, dbPath } = options;
  const parent = Number(env[CHILD.parent] ?? NaN);
  const isChild = parent === Deno.ppid;
  const executable = ownExecutable(env);
  let outcome = isChild ? outcomeOf(env[CHILD.outcome]) : undefined;
  let probation = isChild && env[CHILD.probation] !== undefined;
  for (;;) {
    const node = await startNode({
      dbPath,
      flags: options.flags,
      startedAs: {
        executable,
        releaseKeys: RELEASE_KEYS,
        env: plainEnv(env),
        probation,
        outcome,
      },
    });
    options.announce(node);
    const plan = await stopped(node, { signal, say, parent: isChild ? parent : undefined });
    if (plan === undefined) return EXIT.ok;
    if (isChild) {
      await leavePlan(plan);
      return HANDS_OVER;
    }
    const starting = { args: Deno.args, env: plainEnv(env), signal };
    try {
      const child = await handOver(plan, starting);
      say(`upgraded to ${plan.version}`);
      if (env[RESTARTED_BY]) {
        await child.end();
        return EXIT.ok;
      }
      return await stay(child, plan, options);
    } catch (thrown) {
      outcome = outcomeFor(plan, thrown);
      probation = false;
      if (signal.aborted) return EXIT.ok;
      say(`${outcome.error}; starting the version of before again`);
    }
  }
}

/** Waits for a node's end: its own, or the end of whoever watches over it. */
async function stopped(
  node: RunningNode,
  { signal, say, parent }: Pick<RunOptions, "signal" | "say"> & {
    readonly parent: number | undefined;
  },
): Promise<HandOver | undefined> {
  const stop = () => {
    say("stopping; once more to stop at once");
    void node.stop();
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  // An orphan would hold the database against whoever starts the node anew.
  const watch = parent === undefined ? undefined : setInterval(() => {
    if (Deno.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, PARENT_MS);
  try {
    return await node.closed;
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", stop);
  }
}

/** Stands between whoever started this process and the node that took over from it. */
async function stay(first: Child, plan: HandOver, options: RunOptions): Promise<number> {
  const { signal, say, env } = options;
  let child = first;
  const end = () => {
    try {
      child.process.kill("SIGTERM");
    } catch { /* it has ended */ }
  };
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  for (let last = plan;;) {
    const { code } = await child.process.status;
    const next = code === HANDS_OVER ? await takePlan(options.dbPath) : undefined;
    if (next === undefined || signal.aborted) return code;
    last = { ...next, dbPath: last.dbPath, executable: last.executable };
    const starting = { args: Deno.args, env: plainEnv(env), signal };
    try {
      child = await handOver(last, starting);
      say(`upgraded to ${last.version}`);
    } catch (thrown) {
      if (signal.aborted) return EXIT.ok;
      const outcome = outcomeFor(last, thrown);
      say(`${outcome.error}; starting the version of before again`);
      child = startAgain(last, starting, outcome);
    }
  }
}

function outcomeFor({ id }: HandOver, thrown: unknown): Outcome {
  const { code, message } = toFaztError(thrown);
  return { id, error: `${code}: ${message}`.slice(0, 1000) };
}

/** The environment as a child may have it. */
function plainEnv(env: Io["env"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
