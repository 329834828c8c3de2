/** Longest content that is kept as a text, bytes: it stands on V8's heap, where bytes do not. */
const LONGEST = 64 * 1024;

/** Bytes as a text that has one letter for each of them; undefined where there is none, or it is long. */
export function asciiText(bytes: Uint8Array): string | undefined {
  if (bytes.length > LONGEST || bytes.some((byte) => byte > 0x7f)) return undefined;
  return new TextDecoder().decode(bytes);
}
