import { bringUp } from "./bring_up.ts";
import { FaztError } from "../lib/fazt_error.ts";

/** What {@link rehearse} is told. */
export interface Rehearsal {
  readonly file: string;
  readonly version: string;
  /** Where a database may be made for a moment. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/**
 * Starts an executable as a node of its own, on an empty database, while the real one runs: what
 * cannot even do that costs nobody a moment.
 * @throws {FaztError} `UPGRADE_HEALTH`.
 */
export async function rehearse(task: Rehearsal): Promise<void> {
  const place = await Deno.makeTempDir({ dir: task.folder, prefix: ".rehearsal-" });
  const dbPath = `${place}/data.db`;
  try {
    const child = await bringUp({
      file: task.file,
      args: ["server", "start", "--db", dbPath, "--port", "0", "--host", "127.0.0.1"],
      env: withoutSettings(task.env),
      dbPath,
      version: task.version,
      limitMs: task.limitMs,
      loud: false,
      signal: task.signal,
    });
    await child.end();
  } finally {
    await Deno.remove(place, { recursive: true }).catch(() => {});
  }
}

/** What an executable says its version is. @throws {FaztError} `UPGRADE_HEALTH`. */
export async function versionOf(
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { code, stdout } = await new Deno.Command(file, {
    args: ["version", "--json"],
    env: withoutSettings(env),
    clearEnv: true,
    stdin: "null",
    stderr: "null",
  }).output().catch(() => ({ code: 1, stdout: new Uint8Array() }));
  try {
    if (code === 0) return String(JSON.parse(new TextDecoder().decode(stdout)).version);
  } catch { /* it says something else */ }
  throw new FaztError("UPGRADE_HEALTH", `Cannot use ${file}: it does not say its version`, {
    hint: "give the address of a release: fazt upgrade URL",
    status: 500,
  });
}

/** The environment without what the node's owner set for this node: the other one is nobody's. */
function withoutSettings(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("FAZT_") || name === "FAZT_CACHE"),
  );
}
