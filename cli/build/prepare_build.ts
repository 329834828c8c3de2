import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { FaztError } from "../../kernel/lib/fazt_error.ts";
import type { Output } from "../output.ts";
import { type BuildPlan, buildPlan } from "./build_plan.ts";
import { findOutput, pagesBefore } from "./find_output.ts";
import { runStep } from "./run_step.ts";

/** What was done to a folder before its deploy. */
export interface BuildReport {
  /** The command line that built it; absent for what was built before. */
  readonly command?: string;
  /** Absolute: what is shipped. */
  readonly output: string;
  /** Milliseconds, packages included. */
  readonly ms: number;
}

/** Options of {@link prepareBuild}. */
export interface BuildOptions {
  /** A folder that is built already, instead of a build. */
  readonly prebuilt: string | undefined;
  readonly noBuild: boolean;
  /** Only says what would be run. */
  readonly dryRun: boolean;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly out: Output;
  /** Called before anything is run. @throws {FaztError} where the deploy could not follow. */
  readonly ready: () => void;
  /** Asks whether packages may be fetched. @throws {FaztError} when they may not. */
  readonly agree: (question: string) => Promise<void>;
}

/**
 * Builds a folder on this machine if it has to be built: sources whose package.json has a script
 * `build`. The node never builds, and nothing is ever built that nobody named.
 * @param folder absolute
 * @returns undefined when the folder is shipped as it is.
 */
export async function prepareBuild(
  folder: string,
  options: BuildOptions,
): Promise<BuildReport | undefined> {
  const { prebuilt, noBuild, dryRun, out } = options;
  if (prebuilt !== undefined) return await builtBefore(folder, prebuilt, options.cwd);
  if (noBuild) return undefined;
  const plan = await buildPlan(folder);
  if (plan === undefined) return undefined;
  const command = plan.build.join(" ");
  if (dryRun) {
    out.message(`would build with ${command} (${plan.manager.by}); this is what lies there now`);
    const output = await findOutput(folder, new Map()).catch(() => folder);
    return { command, output, ms: 0 };
  }
  options.ready();
  const began = performance.now();
  if (plan.install) await install(folder, plan, options);
  const before = await pagesBefore(folder);
  await step(folder, plan.build, options);
  const output = await findOutput(folder, before);
  const ms = Math.round(performance.now() - began);
  return { command, output, ms };
}

async function builtBefore(folder: string, named: string, cwd: string): Promise<BuildReport> {
  for (const place of new Set([resolve(folder, named), resolve(cwd, named)])) {
    const info = await stat(place).catch(() => undefined);
    if (info?.isDirectory()) return { output: place, ms: 0 };
  }
  throw new FaztError("NOT_FOUND", `Cannot ship ${named}: there is no such folder`, {
    hint: `--prebuilt names a folder in ${folder}, such as dist`,
  });
}

async function install(folder: string, plan: BuildPlan, options: BuildOptions): Promise<void> {
  const command = plan.install!.join(" ");
  await options.agree(`The packages of ${folder} are missing. Run ${command}?`).catch((error) => {
    if (error instanceof FaztError && error.code === "USAGE") {
      throw new FaztError("NO_PACKAGES", "Cannot build: the packages it needs are missing", {
        hint: `cd ${folder} && ${command}, or add --yes to have that run`,
        status: 422,
      });
    }
    throw error;
  });
  await step(folder, plan.install!, options);
}

async function step(
  folder: string,
  command: readonly string[],
  { signal, out }: BuildOptions,
): Promise<void> {
  out.message(`running ${command.join(" ")} in ${folder}`);
  try {
    await runStep({ command, cwd: folder, signal, onLine: (line) => out.status(line) });
  } finally {
    out.status("");
  }
}
