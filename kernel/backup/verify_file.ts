import { hashFile } from "./container.ts";
import { damaged } from "./header.ts";
import type { Progress } from "./make_backup.ts";
import { type Proof, type ProofTask, prove } from "./proof.ts";

/** What {@link verifyFile} is told. */
export interface VerifyTask extends ProofTask {
  /** SHA-256 the file had when it was made, where that is known. */
  readonly sha256: string | undefined;
}

/** Proves a backup and leaves nothing behind. For a worker: it blocks. */
export async function verifyFile(
  task: VerifyTask,
  tell: (progress: Progress) => void,
): Promise<Proof> {
  tell({ step: "read", done: 0, total: Deno.statSync(task.file).size });
  if (task.sha256 !== undefined && hashFile(task.file).sha256 !== task.sha256) {
    throw damaged("it is not what was put into the store");
  }
  try {
    return await prove(task, tell);
  } finally {
    removeScratch(task.scratch);
  }
}

/** Removes an unpacked database with what SQLite keeps beside it. */
export function removeScratch(path: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) {
    try {
      Deno.removeSync(path + end);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
