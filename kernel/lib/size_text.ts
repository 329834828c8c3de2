const BYTES = { kb: 1024, mb: 1024 * 1024 } as const;

/** The form of a size's text. */
export const SIZE_TEXT = /^([1-9]\d{0,6})(kb|mb)$/i;

/** Reads a size such as `64kb` or `10mb`, in bytes (a `kb` has 1,024). */
export function parseSize(text: string): number {
  const [, count, unit] = SIZE_TEXT.exec(text) ?? [];
  if (count === undefined) throw new TypeError(`not a size: ${text}`);
  return Number(count) * BYTES[unit!.toLowerCase() as keyof typeof BYTES];
}
