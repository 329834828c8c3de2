import { FaztError } from "../lib/fazt_error.ts";

/** The right to be the one process of a database file; the system ends it with the process. */
export interface FileLock {
  release(): void;
}

/**
 * Takes the lock beside the database, or fails naming the process that holds it.
 * @throws {FaztError} `LOCKED` with the holder's pid and start time.
 */
export async function lockFile(databasePath: string): Promise<FileLock> {
  const path = `${databasePath}.lock`;
  const file = await Deno.open(path, { create: true, read: true, write: true });
  if (!await file.tryLock(true)) {
    file.close();
    const holder = Deno.readTextFileSync(path).trim() || "an unknown process";
    throw new FaztError("LOCKED", `Cannot open ${databasePath}: it is in use by ${holder}`, {
      hint: "stop that node first, or start this one with another --db FILE",
      status: 409,
    });
  }
  const text = `process ${Deno.pid}, started ${new Date().toISOString()}\n`;
  await file.truncate();
  await file.write(new TextEncoder().encode(text));
  return { release: () => file.close() };
}
