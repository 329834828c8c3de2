/** Bytes as people read them: decimal units, three digits at most. */
export function bytes(n: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  while (Math.abs(n) >= 999.5 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${unit > 0 && Math.abs(n) < 9.95 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

/** A count with thousands apart. */
export function count(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}

/** A count with its noun: `plural(2, "file")` is "2 files". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A span of time in its two largest units, such as "3 h 20 min". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return joined(hours, "h", minutes % 60, "min");
  return joined(Math.floor(hours / 24), "d", hours % 24, "h");
}

function joined(a: number, unitA: string, b: number, unitB: string): string {
  return b === 0 ? `${a} ${unitA}` : `${a} ${unitA} ${b} ${unitB}`;
}

/** How long ago, or how soon, in one unit: "3 minutes ago", "in 2 days". */
export function relative(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "just now";
  const [n, unit] = size < 60
    ? [size, "second"]
    : size < 3600
    ? [Math.round(size / 60), "minute"]
    : size < 86_400
    ? [Math.round(size / 3600), "hour"]
    : size < 30 * 86_400
    ? [Math.round(size / 86_400), "day"]
    : size < 365 * 86_400
    ? [Math.round(size / (30 * 86_400)), "month"]
    : [Math.round(size / (365 * 86_400)), "year"];
  const text = `${n} ${unit}${n === 1 ? "" : "s"}`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}

/** Date and time of day where the reader is. */
export function dateTime(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** Time of day to the second, 24 hours. */
export function clock(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** A share as a whole percentage. */
export function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.round(100 * part / whole);
}

/** The first characters of an id or hash, for a table. */
export function short(text: string, length = 10): string {
  return text.length <= length + 1 ? text : `${text.slice(0, length)}…`;
}
