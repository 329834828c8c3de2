import { dirname } from "node:path";
import { toFaztError } from "../lib/fazt_error.ts";
import { bringUp, type Child, spawnChild } from "./bring_up.ts";
import { discard, type Executable, install, lockExecutable } from "./executable.ts";
import { z } from "../lib/zod.ts";

/** What is left to do once a node has stopped for an upgrade. */
export interface HandOver {
  readonly id: number;
  /** The executable that is to take over. */
  readonly staged: string;
  readonly version: string;
  readonly executable: Executable;
  readonly dbPath: string;
  /** Time the new one has to come up, ms. */
  readonly healthMs: number;
}

/** An upgrade that ended with the executable of before. */
export interface Outcome {
  readonly id: number;
  readonly error: string;
}

/** What children are started with. */
export interface Starting {
  /** The command line without the program. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Aborts when there is to be no node any more. */
  readonly signal: AbortSignal;
}

/**
 * Starts the new executable on the real database, and only when it is well puts it in the old
 * one's place. Until then every start, after a power failure too, is one of the old executable.
 * @returns the new node; it runs as a child. @throws {FaztError} why not; it has ended then.
 */
export async function handOver(plan: HandOver, starting: Starting): Promise<Child> {
  const { executable, staged } = plan;
  let child: Child | undefined;
  let lock: { release(): void } | undefined;
  try {
    lock = await lockExecutable(executable);
    child = await bringUp({
      file: staged,
      args: starting.args,
      env: childEnv(starting, plan, { probation: true }),
      dbPath: plan.dbPath,
      version: plan.version,
      limitMs: plan.healthMs,
      loud: true,
      signal: starting.signal,
    });
    await install(executable, staged);
    return child;
  } catch (thrown) {
    await child?.end();
    await discard(staged, executable);
    throw toFaztError(thrown);
  } finally {
    lock?.release();
  }
}

/** Starts the executable of before again, as a child, and tells it why. */
export function startAgain(plan: HandOver, starting: Starting, outcome: Outcome): Child {
  return spawnChild({
    file: plan.executable.path,
    args: starting.args,
    env: childEnv(starting, plan, { outcome }),
    loud: true,
  });
}

/** Environment variables between a parent and the node it starts. */
export const CHILD = {
  /** Process that started this one for an upgrade and waits for it. */
  parent: "FAZT_PARENT",
  /** The name this executable has or will have. */
  executable: "FAZT_INSTALLED_AS",
  probation: "FAZT_PROBATION",
  outcome: "FAZT_UPGRADE_OUTCOME",
} as const;

/** Exit code of a child that stopped for an upgrade (sysexits.h: EX_TEMPFAIL). */
export const HANDS_OVER = 75;

function childEnv(
  { env }: Starting,
  { executable }: HandOver,
  { probation, outcome }: { readonly probation?: boolean; readonly outcome?: Outcome },
): Record<string, string> {
  const own: readonly string[] = Object.values(CHILD);
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !own.includes(name))),
    [CHILD.parent]: String(Deno.pid),
    [CHILD.executable]: executable.path,
    ...(probation ? { [CHILD.probation]: "1" } : {}),
    ...(outcome ? { [CHILD.outcome]: JSON.stringify(outcome) } : {}),
  };
}

const outcomeSchema = z.object({ id: z.int(), error: z.string() });

/** What a parent says of the upgrade before this start. */
export function outcomeOf(text: string | undefined): Outcome | undefined {
  try {
    return text === undefined ? undefined : outcomeSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const planSchema = z.object({
  id: z.int(),
  staged: z.string(),
  version: z.string(),
  executable: z.object({ path: z.string(), kind: z.enum(["portable", "compiled"]) }),
  dbPath: z.string(),
  healthMs: z.number(),
});

const planPath = (dbPath: string): string => `${dbPath}.upgrade`;

/** Leaves a plan for the parent, which is of an older version: its shape only ever grows. */
export async function leavePlan(plan: HandOver): Promise<void> {
  const path = planPath(plan.dbPath);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(`${path}.part`, JSON.stringify(plan), { mode: 0o600 });
  await Deno.rename(`${path}.part`, path);
}

/** Takes the plan that a child left; undefined when there is none that can be read. */
export async function takePlan(dbPath: string): Promise<HandOver | undefined> {
  try {
    const text = await Deno.readTextFile(planPath(dbPath));
    await Deno.remove(planPath(dbPath));
    return planSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
