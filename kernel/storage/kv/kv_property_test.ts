import assert from "node:assert/strict";
import fc from "fast-check";
import type { FaztError } from "../../lib/fazt_error.ts";
import { encoded, type KvFixture, ownerOf, withKv } from "./testing.ts";
import type { Owner } from "../usage.ts";

const KEYS = ["a", "a%", "b", "日"];
const key = fc.constantFrom(...KEYS);
const value = fc.oneof(fc.integer(), fc.string({ maxLength: 20 }));
const ttlMs = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });
const put = fc.record({ key, value, ttlMs });

const step = fc.oneof(
  fc.record({ do: fc.constant("set"), puts: fc.array(put, { maxLength: 5 }) }),
  fc.record({ do: fc.constant("delete"), key }),
  fc.record({ do: fc.constant("increment"), key, by: fc.integer() }),
  fc.record({ do: fc.constant("swap"), put, expected: fc.option(value, { nil: undefined }) }),
  fc.record({ do: fc.constant("wait"), ms: fc.integer({ min: 1, max: 10 }) }),
  fc.record({ do: fc.constant("sweep") }),
) as fc.Arbitrary<Step>;

type Put = { key: string; value: unknown; ttlMs: number | undefined };
type Step =
  | { do: "set"; puts: Put[] }
  | { do: "delete"; key: string }
  | { do: "increment"; key: string; by: number }
  | { do: "swap"; put: Put; expected: unknown }
  | { do: "wait"; ms: number }
  | { do: "sweep" };

const encode = (p: Put) => ({ ...p, value: encoded(p.value) });

/** Does one step for an owner; what the store refuses is refused. */
async function take(f: KvFixture, owner: Owner, s: Step): Promise<void> {
  try {
    if (s.do === "set") await f.kv.set(owner, s.puts.map(encode));
    else if (s.do === "delete") await f.kv.delete(owner, s.key);
    else if (s.do === "increment") await f.kv.increment(owner, s.key, s.by);
    else if (s.do === "sweep") await f.kv.expire();
    else if (s.do === "wait") f.now += s.ms;
    else {
      const expected = s.expected === undefined ? undefined : encoded(s.expected);
      await f.kv.compareAndSet(owner, expected, encode(s.put));
    }
  } catch (error) {
    if (!["QUOTA", "INVALID"].includes((error as FaztError).code)) throw error;
  }
}

/** Everything an owner can see. */
function view(f: KvFixture, owner: Owner) {
  return { keys: KEYS.map((k) => f.kv.get(owner, k)), list: f.kv.list(owner, "").items };
}

Deno.test(
  "whatever an app does, another with the same keys sees nothing of it",
  withKv(async (f) => {
    await f.settings.set("limits.storage.kv.keys", 3, f.now);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), step), { minLength: 1, maxLength: 15 }),
        async (steps) => {
          const app = `app_${run++}`;
          const owners = [ownerOf(app), ownerOf(`${app}x`), { ...ownerOf(app), userId: "usr_a" }];
          for (const [n, s] of steps) {
            // Time is everybody's: what it changes is not another app's doing.
            if (s.do === "wait") continue;
            const others = owners.filter((_, i) => i !== n);
            const before = others.map((owner) => view(f, owner));
            await take(f, owners[n]!, s);
            assert.deepEqual(others.map((owner) => view(f, owner)), before);
          }
        },
      ),
      { numRuns: 40 },
    );
  }),
);

Deno.test(
  "after any changes the counters say what is there",
  withKv(async (f) => {
    await f.settings.set("limits.storage.kv.keys", 3, f.now);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), step), { minLength: 1, maxLength: 20 }),
        async (steps) => {
          const app = `app_${run++}`;
          const owners = [ownerOf(app), ownerOf(`${app}x`), { ...ownerOf(app), userId: "usr_a" }];
          for (const [n, s] of steps) await take(f, owners[n]!, s);
          for (const owner of owners) {
            assert.deepEqual(f.usage(owner), f.truth(owner));
            assert.ok(f.usage(owner).entries <= 3);
          }
        },
      ),
      { numRuns: 40 },
    );
  }),
);

Deno.test(
  "steps asked for at the same time are counted like steps one after another",
  withKv(async (f) => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const owner = ownerOf(`app_${run++}`);
        await Promise.all(steps.map((s) => take(f, owner, s)));
        assert.deepEqual(f.usage(owner), f.truth(owner));
      }),
      { numRuns: 40 },
    );
  }),
);
