import { setTimeout as delay } from "node:timers/promises";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { Client } from "./client.ts";
import { deployFolder, type FolderDeployed } from "./deploy_folder.ts";
import type { UploadListener } from "./upload_missing.ts";
import { toCliError } from "./error_lines.ts";
import { EXIT, exitCodeOf } from "./exit_code.ts";
import { FolderWatch } from "./folder_watch.ts";
import { readLocalApp } from "./local_app.ts";
import { walk } from "./walk.ts";

/** How long until a node that does not answer is asked again, milliseconds. */
const AGAIN_MS = 1000;

/** A deploy of the loop. */
export type DevDeployed = FolderDeployed & {
  /** From the first file read to the node's last answer, milliseconds. */
  readonly totalMs: number;
};

/** What {@link devLoop} needs to know and whom it tells. */
export interface DevOptions {
  readonly name: string | undefined;
  readonly approve: boolean | undefined;
  readonly signal: AbortSignal;
  /** A node that was started again has another address and token: asked for at every deploy. */
  api(): Client;
  /** Makes a listener for one deploy. */
  listener(): UploadListener;
  deployed(done: DevDeployed): void;
  /** Told once of a fault, however often it is met in a row. */
  failed(error: FaztError): void;
}

/**
 * Deploys a folder now and after every change, until the signal aborts. Whatever goes wrong with
 * the app leaves the revision before it online and the loop waiting for the next change.
 * @param folder absolute
 * @throws {FaztError} for what no change of the folder can mend: there is no folder, and at the
 * first deploy no node or no right to deploy.
 */
export async function devLoop(folder: string, options: DevOptions): Promise<void> {
  const { signal } = options;
  let reported = "";
  for (let first = true; !signal.aborted; first = false) {
    // Watched anew each time: a folder that was removed and made again is another folder.
    using watch = await watchFolders(folder, signal);
    const error = await tryDeploy(folder, options);
    if (signal.aborted) return;
    if (error !== undefined && first && isFinal(error)) throw error;
    const text = error === undefined ? "" : `${error.message}\n${JSON.stringify(error.details)}`;
    if (error !== undefined && text !== reported) options.failed(error);
    reported = text;
    const waits = [watch.changed(signal)];
    const again = new AbortController();
    if (error?.code === "UNREACHABLE") {
      waits.push(delay(AGAIN_MS, undefined, { signal: again.signal }).catch(() => {}));
    }
    await Promise.race(waits).catch((thrown) => {
      if (!signal.aborted) throw thrown;
    });
    again.abort();
  }
}

/** @returns why it did not happen; undefined when it did, or when the next change is under way. */
async function tryDeploy(folder: string, options: DevOptions): Promise<FaztError | undefined> {
  const { name, approve, signal } = options;
  const began = performance.now();
  let done: FolderDeployed;
  let warnings: readonly string[];
  try {
    const app = await readLocalApp(folder, { name, signal });
    const listener = options.listener();
    const request = { name: app.name, approve, signal, listener };
    done = await deployFolder(options.api(), app, request);
    warnings = [...app.warnings, ...done.warnings];
  } catch (thrown) {
    const error = toCliError(thrown);
    // Something was removed or written while it was read, and the watch has seen it.
    return isGone(thrown) || error.code === "CHANGED" ? undefined : error;
  }
  options.deployed({ ...done, warnings, totalMs: Math.round(performance.now() - began) });
  return undefined;
}

/** A watch on every folder a deploy looks into. */
async function watchFolders(folder: string, signal: AbortSignal): Promise<FolderWatch> {
  for (;;) {
    const folders = await foldersOf(folder, signal);
    let watch: FolderWatch;
    try {
      watch = new FolderWatch(folders);
    } catch (error) {
      if (isGone(error)) continue;
      throw error;
    }
    // A folder made meanwhile would not be watched.
    if (sameMembers(folders, await foldersOf(folder, signal))) return watch;
    watch[Symbol.dispose]();
  }
}

async function foldersOf(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return (await walk(folder, signal)).folders;
  } catch (error) {
    // What is wrong with what lies in it is for the deploy to say.
    if (isGone(error) || error instanceof FaztError && MENDABLE.has(error.code)) return [folder];
    throw error;
  }
}

const MENDABLE: ReadonlySet<string> = new Set(["PATH_INVALID", "TOO_MANY_FILES"]);

function isFinal(error: FaztError): boolean {
  return [EXIT.unreachable, EXIT.notAllowed, EXIT.notFound].some((c) => c === exitCodeOf(error));
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (error as { code?: unknown } | null)?.code === "ENOENT";
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === a.length;
}
