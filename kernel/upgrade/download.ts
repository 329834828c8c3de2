import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { assertRoom } from "../backup/mod.ts";
import { formatBytes, MIB } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { failed, fetchSource, reasonOf, type SourceRules } from "./fetch.ts";
import type { Candidate } from "./find_release.ts";

/** What {@link download} is told. */
export interface DownloadTask {
  readonly candidate: Candidate;
  /** Where the file stands afterwards; whatever is there goes. */
  readonly to: string;
  readonly rules: SourceRules;
  /** `limits.upgrade.mb`. */
  readonly maxMb: number;
  readonly signal: AbortSignal;
  readonly tell: (done: number) => void;
}

/**
 * Brings a release's file here. What is not exactly what the manifest names is removed.
 * @throws {FaztError} `UPGRADE_DOWNLOAD` for a file that is cut off, too long or another one;
 * `TOO_LARGE`, `DISK_FULL`.
 */
export async function download(task: DownloadTask): Promise<void> {
  const { candidate: { file, fileUrl }, to, signal } = task;
  if (file.size > task.maxMb * MIB) {
    throw new FaztError(
      "TOO_LARGE",
      `Cannot get this release: it is ${formatBytes(file.size)}, over ${task.maxMb} MB`,
      { hint: "fazt config set limits.upgrade.mb N", status: 413 },
    );
  }
  await Deno.remove(to).catch(() => {});
  assertRoom(dirname(to), file.size, 100);
  const fetched = await fetchSource(fileUrl, task.rules, signal);
  const hash = createHash("sha256");
  let size = 0;
  try {
    if (fetched.response.status === 404) {
      await fetched.response.body?.cancel();
      throw failed(fileUrl, "there is nothing");
    }
    // Nobody but its owner may run it before it is proven.
    using out = await Deno.open(to, { write: true, createNew: true, mode: 0o700 });
    for await (const chunk of fetched.response.body ?? []) {
      fetched.alive();
      size += chunk.length;
      if (size > file.size) throw failed(fileUrl, `it is over the ${file.size} bytes it should be`);
      hash.update(chunk);
      for (let at = 0; at < chunk.length;) at += await out.write(chunk.subarray(at));
      task.tell(size);
    }
    if (size < file.size) throw failed(fileUrl, `it ends after ${size} of ${file.size} bytes`);
    const sum = hash.digest("hex");
    if (sum !== file.sha256) {
      throw failed(fileUrl, `its SHA-256 is ${sum}, the release says ${file.sha256}`);
    }
    await out.sync();
  } catch (error) {
    await Deno.remove(to).catch(() => {});
    signal.throwIfAborted();
    throw error instanceof FaztError || size === 0 ? error : failed(
      fileUrl,
      `it ends after ${size} of ${file.size} bytes: ${reasonOf(error)}`,
      error,
    );
  } finally {
    fetched.done();
  }
  await Deno.chmod(to, 0o755);
}
