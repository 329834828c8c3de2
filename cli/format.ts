import { formatBytes } from "../kernel/lib/bytes.ts";
import type { Span, Style } from "./output.ts";

/** Local date and time to the second, sortable. */
export function formatTime(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "?";
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `1 file`, `2 files`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** `12 files, 4.1 KB`. */
export function filesAndSize(files: number, bytes: number): string {
  return `${count(files, "file")}, ${formatBytes(bytes)}`;
}

/** Text in a style. */
export function styled(style: Style, text: string): Span {
  return { style, text };
}

/** `a, b` or a dash. */
export function list(items: readonly string[]): string {
  return items.length === 0 ? "-" : items.join(", ");
}
