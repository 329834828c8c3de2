import { signal } from "@preact/signals";
import { dateTime, relative } from "../lib/format.ts";

/** Now, to half a minute: what shows relative times follows it. */
const now = signal(Date.now());
globalThis.setInterval(() => now.value = Date.now(), 30_000);

/** How long ago or how soon; the exact time on hover. */
export function Time({ at }: { readonly at: number | undefined | null }) {
  if (at === undefined || at === null || !Number.isFinite(at)) {
    return <span class="quiet">never</span>;
  }
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span class="quiet">unknown</span>;
  return (
    <time dateTime={date.toISOString()} title={dateTime(at)}>
      {relative(at, Math.max(now.value, Date.now() - 30_000))}
    </time>
  );
}
