// Well-behaved and hostile apps on one node for a bounded time: what do visitors of the former see?
// `deno task soak [seconds]`; ten minutes unless told. Prints what it saw beside the bars.
import { FLOODS, hostileModule, mayGet, NONSENSE } from "../attack/hostile.ts";
import { visit } from "../helpers/mod.ts";
import type { Answer } from "../helpers/http.ts";
import { peakMb, startBenchNode } from "./node.ts";

const SECONDS = Number(Deno.args[0] ?? 600);
const QUIET_SECONDS = Math.max(10, Math.min(30, SECONDS / 4));
const MEMORY_MB = 800;
/** How often each kind of visitor comes, ms. */
const PACE = { page: 20, api: 50, timer: 100 } as const;
const HOSTILE = [...FLOODS, ...NONSENSE];

/** A counter whose every answered increment must be there at the end, and one that waits. */
const CALM = `export default async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/api/timer") { await new Promise((r) => setTimeout(r, 30)); return { ok: 1 }; }
  return { n: await fazt.storage.kv.increment("n") };
};`;

/** Latencies of one kind of visitor, and what went wrong. */
interface Seen {
  readonly ms: number[];
  readonly lost: string[];
}
const seen = (): Seen => ({ ms: [], lost: [] });

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

/** Sends requests at a steady pace, whether or not the ones before were answered. */
function visitor(
  send: () => Promise<Answer>,
  options: { readonly everyMs: number; readonly into: () => Seen },
): () => Promise<void> {
  const open = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const into = options.into();
    const began = performance.now();
    const one = send().then(({ status, text }) => {
      if (status === 200) into.ms.push(performance.now() - began);
      else into.lost.push(`${status} ${text.slice(0, 100)}`);
    }).catch((error) => void into.lost.push(String(error))).finally(() => open.delete(one));
    open.add(one);
  }, options.everyMs);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
  };
}

/** Asks for one attack after the other until told to stop; counts the answers it did not expect. */
async function attacker(app: string, running: () => boolean) {
  const odd: Record<string, number> = {};
  let sent = 0;
  for (let n = Math.floor(Math.random() * HOSTILE.length); running(); n++) {
    const attack = HOSTILE[n % HOSTILE.length]!;
    const response = await visit(node, app, `/api/${n % HOSTILE.length}`).catch(() => undefined);
    sent++;
    // An app that keeps failing is paused, which is an answer too.
    const paused = response && [503, 504].includes(response.status);
    if (!response || !paused && !mayGet(attack, response)) {
      odd[`${attack.name}: ${response?.status}`] =
        (odd[`${attack.name}: ${response?.status}`] ?? 0) +
        1;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { sent, odd };
}

const node = await startBenchNode(undefined, {
  memoryMb: MEMORY_MB,
  seconds: 3,
  syscallsPerSecond: 5000,
});
const kv = (name: string) => JSON.stringify({ name, permissions: ["storage:kv"] });
await node.deploy("calm", {
  "index.html": "x".repeat(4096),
  "app.json": kv("calm"),
  "api/main.js": CALM,
});
const evil = ["evil-a", "evil-b", "evil-c"];
for (const name of evil) {
  await node.deploy(name, { "app.json": kv(name), "api/main.js": hostileModule(HOSTILE) });
}

const kinds = ["page", "api", "timer"] as const;
const fresh = () => ({ page: seen(), api: seen(), timer: seen() });
let now = fresh();
const quiet = now;
const paths = { page: "/", api: "/api/count", timer: "/api/timer" };
const stops = kinds.map((kind) =>
  visitor(() => visit(node, "calm", paths[kind]), { everyMs: PACE[kind], into: () => now[kind] })
);
const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
await wait(5);
for (const kind of kinds) quiet[kind].ms.length = 0;
await wait(QUIET_SECONDS);
const loud = now = fresh();
let running = true;
const attackers = evil.flatMap((name) => [
  attacker(name, () => running),
  attacker(name, () => running),
]);
await wait(SECONDS - QUIET_SECONDS);
running = false;
const attacks = await Promise.all(attackers);
for (const stop of stops) await stop();

let met = true;
const say = (what: string, value: string, ok?: boolean) => {
  met &&= ok ?? true;
  console.log(
    `${what.padEnd(44)} ${value.padEnd(50)} ${ok === undefined ? "" : ok ? "met" : "MISSED"}`,
  );
};
say("hostile requests", String(attacks.reduce((sum, a) => sum + a.sent, 0)));
for (const [what, n] of attacks.flatMap((a) => Object.entries(a.odd))) {
  say("  unexpected", `${n} × ${what}`);
}
for (const kind of kinds) {
  const [q, l] = [percentile(quiet[kind].ms, 0.99), percentile(loud[kind].ms, 0.99)];
  const text = `p99 quiet ${q.toFixed(1)} ms, under attack ${l.toFixed(1)} ms (${
    loud[kind].ms.length
  })`;
  say(kind, text, kind === "page" ? l <= 3 * q : undefined);
  const lost = [...quiet[kind].lost, ...loud[kind].lost];
  say(
    `  lost`,
    lost.length === 0 ? "0" : `${lost.length}: ${[...new Set(lost)].slice(0, 3)}`,
    lost.length === 0,
  );
}
const { n } = JSON.parse((await visit(node, "calm", "/api/count")).text);
const answered = quiet.api.ms.length + loud.api.ms.length;
say("increments answered / kept", `>= ${answered} / ${n - 1}`, n - 1 >= answered);
const peak = peakMb(node.pid);
say("most memory ever", `${peak} MB`, peak < MEMORY_MB);
await node.stop();
if (!met) Deno.exit(1);
