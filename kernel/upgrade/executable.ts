import { dirname } from "node:path";
import { FaztError } from "../lib/fazt_error.ts";

/** The file this process was started from, where that is one that can be replaced. */
export interface Executable {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** The self-extracting file, or what `deno compile` made. */
  readonly kind: "portable" | "compiled";
}

/** Where the executable that ran before is kept. */
export const previousPath = (path: string): string => `${path}.previous`;
/** Where the next one stands until it is proven. */
export const stagedPath = (path: string): string => `${path}.new`;

/** Holds everybody else off from upgrading the same file. */
export interface ExecutableLock {
  release(): void;
}

/**
 * Takes the right to replace an executable; the system ends it with the process.
 * @throws {FaztError} `CONFLICT` while another process has it, `UPGRADE_IMPOSSIBLE`.
 */
export async function lockExecutable({ path }: Executable): Promise<ExecutableLock> {
  if (!isWritable(path)) {
    throw new FaztError("UPGRADE_IMPOSSIBLE", `Cannot replace ${path}: its folder is read-only`, {
      hint: `run it as the user who owns ${dirname(path)}`,
      status: 409,
    });
  }
  const file = await Deno.open(path);
  if (await file.tryLock(true)) return { release: () => file.close() };
  file.close();
  throw new FaztError("CONFLICT", `Cannot upgrade ${path}: that is being done already`, {
    hint: "wait for it: fazt upgrade --check",
  });
}

/** Whether a file can be put in an executable's place; tried, since nothing else tells for sure. */
export function isWritable(path: string): boolean {
  try {
    const probe = `${path}.probe-${crypto.randomUUID()}`;
    Deno.openSync(probe, { write: true, createNew: true, mode: 0o600 }).close();
    Deno.removeSync(probe);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts a staged file in the executable's place and keeps the one of before. Both names change by
 * renaming: at every moment each is one whole executable.
 */
export async function install({ path }: Executable, staged: string): Promise<void> {
  await sync(staged);
  const kept = `${previousPath(path)}.part`;
  await Deno.remove(kept).catch(() => {});
  await duplicate(path, kept);
  const gone = await placeOf(previousPath(path));
  await Deno.rename(kept, previousPath(path));
  await Deno.rename(staged, path);
  await sync(dirname(path));
  const needed = [await placeOf(path), await placeOf(previousPath(path))];
  if (gone !== undefined && !needed.includes(gone)) await forgetPlace(gone);
}

/** Makes the executable of before the next one. @throws {FaztError} `NOT_FOUND`. */
export async function stagePrevious({ path }: Executable): Promise<string> {
  const staged = stagedPath(path);
  await Deno.remove(staged).catch(() => {});
  try {
    await duplicate(previousPath(path), staged);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new FaztError("NOT_FOUND", "Cannot go back: no executable of before is kept", {
      hint: "give the address of the version to go back to: fazt upgrade --rollback URL",
      status: 404,
    });
  }
  return staged;
}

/** Removes what was staged, and what it unpacked when it was tried. */
export async function discard(staged: string, executable: Executable): Promise<void> {
  const place = await placeOf(staged);
  await Deno.remove(staged).catch(() => {});
  const { path } = executable;
  const needed = [await placeOf(path), await placeOf(previousPath(path))];
  if (place !== undefined && !needed.includes(place)) await forgetPlace(place);
}

/** A second name, or where the file system has none a copy. */
async function duplicate(from: string, to: string): Promise<void> {
  try {
    await Deno.link(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw error;
    await Deno.copyFile(from, to);
    await Deno.chmod(to, 0o755);
    await sync(to);
  }
}

async function sync(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}

/** The checksum by which a self-extracting file names its folder. */
async function placeOf(path: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(path);
    const head = new Uint8Array(4096);
    const size = await file.read(head) ?? 0;
    return /^want=([0-9a-f]{64})$/m.exec(new TextDecoder().decode(head.subarray(0, size)))?.[1];
  } catch {
    return undefined;
  }
}

/** Removes a folder that a self-extracting file made, unless a process still runs from it. */
async function forgetPlace(name: string): Promise<void> {
  const base = /^(.+)\/[0-9a-f]{64}\/cache$/.exec(Deno.env.get("DENO_DIR") ?? "")?.[1];
  if (base === undefined || await isInUse(`${base}/${name}/`)) return;
  await Deno.remove(`${base}/${name}`, { recursive: true }).catch(() => {});
}

/** Asked of a shell, which every self-extracting file has: Deno opens /proc with every right only. */
async function isInUse(folder: string): Promise<boolean> {
  const script =
    'for one in /proc/[0-9]*/exe; do readlink "$one"; done 2>/dev/null; test -d /proc/1';
  try {
    const args = ["-c", script];
    const { code, stdout } = await new Deno.Command("/bin/sh", { args, stdin: "null" }).output();
    const running = new TextDecoder().decode(stdout).split("\n");
    // Without /proc nobody can tell.
    return code !== 0 || running.some((path) => path.startsWith(folder));
  } catch {
    return true;
  }
}
