import type { Io } from "./io.ts";
import type { Prompt } from "./prompt.ts";
import { usageError } from "./usage_error.ts";

/**
 * The passphrase of a backup: of `FAZT_BACKUP_PASSPHRASE`, typed, or a line of stdin.
 * @throws {FaztError} `USAGE` when there is none.
 */
export async function backupPassphrase(
  { io, prompt }: { readonly io: Io; readonly prompt: Prompt },
  question: string,
): Promise<string> {
  const passphrase = io.env.FAZT_BACKUP_PASSPHRASE || await prompt.secret(question);
  if (passphrase) return passphrase;
  throw usageError("Cannot go on: no passphrase was given", "type it, or pipe a line in");
}
