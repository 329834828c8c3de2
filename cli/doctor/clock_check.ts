import type { Context } from "../context.ts";
import { listPeers } from "../peers.ts";
import { type Check, fail, ok, warn } from "./finding.ts";
import { settingFor } from "./place.ts";

/** Before this version was written; a clock that says so is wrong. */
const EARLIEST = Date.UTC(2026, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);
const ASK_MS = 5000;
/** One-time codes are still taken, ms. */
const LITTLE = 30_000;
/** Certificates and sessions of others are refused, ms. */
const MUCH = 300_000;
const FIX = "set the machine's clock, best with NTP: timedatectl set-ntp true";

/** Certificates, sessions and ids all trust the clock: it is compared with peers'. */
export const clockCheck: Check = async (ctx) => {
  const now = Date.now();
  const about = `it is ${new Date(now).toISOString()}`;
  if (now <= EARLIEST || now >= LATEST) return fail("clock", about, FIX);
  const seen = (await Promise.all(witnesses(ctx).map((url) => differenceTo(ctx, url))))
    .filter((one) => one !== undefined);
  if (seen.length === 0) return ok("clock", `${about}; there is nobody to compare it with`);
  // One peer's clock may be the wrong one: the median is believed.
  const off = seen.sort((a, b) => a.ms - b.ms)[Math.floor(seen.length / 2)]!;
  const seconds = Math.round(Math.abs(off.ms) / 1000);
  const what = `${seconds} s ${off.ms > 0 ? "ahead of" : "behind"} ${off.host}`;
  if (Math.abs(off.ms) > MUCH) return fail("clock", `${about}, ${what}`, FIX);
  if (Math.abs(off.ms) > LITTLE) return warn("clock", `${about}, ${what}`, FIX);
  return ok("clock", `${about}, as at ${off.host}`);
};

/** Whom this machine knows already; nobody else is told that it is there. */
function witnesses(ctx: Context): string[] {
  const urls: string[] = [];
  try {
    urls.push(...listPeers(ctx.dbPath).slice(0, 5).map(({ url }) => `${url}/health`));
  } catch { /* the database's own check speaks of it */ }
  const releases = settingFor(ctx, "upgrade.url");
  if (releases !== "") urls.push(releases);
  return urls;
}

/** How far this machine's clock is ahead, by the Date field of an answer (RFC 9110 §6.6.1). */
async function differenceTo(ctx: Context, url: string) {
  try {
    const before = Date.now();
    const response = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(ASK_MS)]),
    });
    await response.body?.cancel();
    const middle = (before + Date.now()) / 2;
    const theirs = Date.parse(response.headers.get("date") ?? "");
    // The field has whole seconds, cut off.
    return Number.isNaN(theirs)
      ? undefined
      : { host: new URL(url).hostname, ms: middle - theirs - 500 };
  } catch {
    ctx.signal.throwIfAborted();
    return undefined;
  }
}
