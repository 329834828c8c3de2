import { FaztError } from "../lib/fazt_error.ts";
import { type Backup, parseBackup } from "./backup_info.ts";
import { FILE_END, INFO_END } from "./names.ts";
import type { BackupStore } from "./store.ts";

/** Larger lines beside a backup are none of ours. */
const MAX_INFO = 65_536;

/** Every finished backup in a store, newest first. */
export async function listBackups(store: BackupStore): Promise<Backup[]> {
  const files = new Map((await store.list()).map(({ name, bytes }) => [name, bytes]));
  const backups: Backup[] = [];
  for (const [name, bytes] of files) {
    if (!name.endsWith(INFO_END) || bytes > MAX_INFO) continue;
    const id = name.slice(0, -INFO_END.length);
    if (!files.has(id + FILE_END)) continue;
    const stream = await store.get(name);
    const backup = stream && parseBackup(await new Response(stream).text());
    if (backup?.id === id) backups.push(backup);
  }
  return backups.sort((a, b) => a.id < b.id ? 1 : -1);
}

/**
 * The backup that is meant.
 * @param ref an id, the start of one, or `latest`
 * @throws {FaztError} `NOT_FOUND`, `CONFLICT` where several start so.
 */
export async function findBackup(store: BackupStore, ref: string): Promise<Backup> {
  const all = await listBackups(store);
  const found = ref === "latest" ? all.slice(0, 1) : all.filter(({ id }) => id.startsWith(ref));
  if (ref !== "" && found.length === 1) return found[0]!;
  const shown = JSON.stringify(ref.slice(0, 80));
  if (ref === "" || found.length === 0) {
    throw new FaztError("NOT_FOUND", `There is no backup ${shown} in ${store.place}`, {
      hint: "fazt backup list shows every one",
    });
  }
  throw new FaztError(
    "CONFLICT",
    `Cannot tell which backup ${shown} is: ${found.length} start so`,
    {
      hint: `write more of it, such as ${found[0]!.id}`,
    },
  );
}

/** The file of a backup. @throws {FaztError} `NOT_FOUND`. */
export async function readBackup(
  store: BackupStore,
  { id }: Pick<Backup, "id">,
): Promise<ReadableStream<Uint8Array>> {
  const stream = await store.get(id + FILE_END);
  if (stream) return stream;
  throw new FaztError("NOT_FOUND", `There is no backup ${id} any more`, {
    hint: "fazt backup list shows every one",
  });
}

/** Removes a backup: first the line that makes it one. */
export async function removeBackup(store: BackupStore, id: string): Promise<void> {
  await store.delete(id + INFO_END);
  await store.delete(id + FILE_END);
}
