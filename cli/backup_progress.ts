import { formatBytes } from "../kernel/lib/bytes.ts";
import type { BackupOverview } from "./api_types.ts";
import type { Client } from "./client.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";

const LOOK_MS = 250;
type Running = NonNullable<BackupOverview["running"]>;

/** What each step is to a person. */
const STEPS: Readonly<Record<Running["step"], string>> = {
  copy: "copying",
  check: "checking",
  pack: "packing",
  store: "storing",
  unpack: "unpacking",
  read: "reading",
};

/** One line of how far something is. */
export function progressText({ step, done, total }: Pick<Running, "step" | "done" | "total">) {
  const part = done > 0 ? ` ${formatBytes(Math.min(done, total))} of ${formatBytes(total)}` : "";
  return `${STEPS[step]}${part}`;
}

/** Waits for a backup to be made; on a terminal a line says how far it is. */
export async function showProgress<R>(
  { api, out, io }: { readonly api: Client; readonly out: Output; readonly io: Io },
  work: Promise<R>,
): Promise<R> {
  if (!io.stderr.isTerminal) return await work;
  const ended = work.then(() => true, () => true);
  const pause = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), LOOK_MS));
  while (!await Promise.race([ended, pause()])) {
    // Only for show: the work itself tells what goes wrong.
    const seen = await api.get<{ running: Running | null }>("/api/backups/progress")
      .catch(() => undefined);
    if (seen?.running) out.status(progressText(seen.running));
  }
  out.status("");
  return await work;
}
