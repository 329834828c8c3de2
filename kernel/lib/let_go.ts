/** Bytes after which memory is given back. */
const STEP = 2 * 1024 * 1024;
let gone = 0;

type Collect = (options: { readonly type: "minor" }) => void;

/**
 * Told of large buffers that nobody needs any more. V8 hardly counts what lies outside its heap, so
 * that a stream of gigabytes would leave hundreds of megabytes behind before it is collected: a
 * young collection every few megabytes takes well under a millisecond. Does nothing in a process
 * that was started without `--expose-gc`.
 */
export function letGo(bytes: number): void {
  gone += bytes;
  if (gone < STEP) return;
  gone = 0;
  (globalThis as { gc?: Collect }).gc?.({ type: "minor" });
}
