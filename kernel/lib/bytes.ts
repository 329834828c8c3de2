/** Bytes in the largest unit that reads well: `512 B`, `4.1 KB`, `20 MB` (powers of 1,000). */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${units[unit]}`;
}

/** One mebibyte, the unit of every `…Mb` limit. */
export const MIB = 1024 * 1024;

/** One gibibyte, the unit of every `…Gb` limit. */
export const GIB = 1024 * MIB;
