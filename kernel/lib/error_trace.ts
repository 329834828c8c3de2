/** What a process out of files says, as Node and Deno name it. */
const OUT_OF_FILES = new Set(["EMFILE", "ENFILE"]);

/**
 * An error as the log has it: with its stack, unless the process is out of files. To map a stack
 * to its sources Deno 2.9.6 reads them again, and asks for its thread's stack size, which takes a
 * file: without one it panics.
 */
export function errorTrace(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { readonly code?: string };
  const outOfFiles = OUT_OF_FILES.has(code ?? "") || /too many open files/i.test(error.message);
  return outOfFiles ? `${error.name}: ${error.message}` : String(error.stack ?? error);
}
