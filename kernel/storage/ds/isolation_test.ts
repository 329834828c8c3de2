import assert from "node:assert/strict";
import fc from "fast-check";
import { type Caller, SyscallTable } from "../../syscall/mod.ts";
import { dsSyscalls } from "./ds_syscalls.ts";
import { encoded, withDs } from "./testing/fixture.ts";

const APPS = ["app_111111111111", "app_222222222222"];
const PEOPLE = [undefined, "usr_111111111111", "usr_222222222222"];

const callerOf = (appId: string, userId: string | undefined): Caller => ({
  appId,
  appName: "x",
  grants: new Set(["storage:ds"]),
  requestId: undefined,
  userId,
});

/** Everything an app can ask for, with documents marked with who wrote them. */
const inputs = (mark: string, n: number): Readonly<Record<string, object>> => ({
  "ds.insert": { documents: [encoded({ id: `i${n}`, mark }), encoded({ mark, n })] },
  "ds.find": { query: "{}" },
  "ds.update": { query: "{}", change: encoded({ $set: { n } }), upsert: n % 2 === 0 },
  "ds.delete": { query: encoded({ n: { $lt: n } }) },
  "ds.count": { query: "{}" },
  "ds.index": { path: "mark" },
  "ds.shard": { by: "day", prefix: "mark" },
  "ds.shards": {},
  "ds.drop": {},
  "ds.collections": {},
});
const CALLS = Object.keys(inputs("", 0));

const step = fc.record({
  app: fc.constantFrom(...APPS),
  person: fc.constantFrom(...PEOPLE),
  call: fc.constantFrom(...CALLS, "ds.insert", "ds.insert"),
  collection: fc.constantFrom("c", "d"),
  n: fc.nat(3),
});

Deno.test(
  "no call of an app or a person sees, changes or counts what is another's",
  withDs(async (f) => {
    const table = new SyscallTable(dsSyscalls(f.ds));
    assert.deepEqual(dsSyscalls(f.ds).map(({ name }) => name).sort(), [...CALLS].sort());
    const everything = async () => {
      const seen = new Map<string, string>();
      for (const app of APPS) {
        for (const person of PEOPLE) {
          const all = [];
          for (const collection of ["c", "d"]) {
            const user = person === undefined ? {} : { user: true };
            const input = { collection, query: "{}", ...user };
            all.push(await table.call(callerOf(app, person), "ds.find", input));
          }
          seen.set(`${app} ${person}`, JSON.stringify(all));
        }
      }
      return seen;
    };
    let before = await everything();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        for (const { app, person, call, collection, n } of steps) {
          const mark = `${app} ${person}`;
          const input = {
            ...inputs(mark, n)[call],
            collection,
            ...(person === undefined ? {} : { user: true }),
          };
          // An id that is there already is refused, and people split nothing: no matter here.
          const refused = call === "ds.shard" && person !== undefined ? "INVALID" : "CONFLICT";
          const answer = await Promise.resolve(table.call(callerOf(app, person), call, input))
            .catch((error) => assert.equal(error.code, refused));
          if (call === "ds.find") {
            for (const text of answer as string[]) {
              // What upsert made is marked by nobody.
              assert.ok([undefined, mark].includes(JSON.parse(text).mark), text);
            }
          }
          const after = await everything();
          for (const [whose, documents] of before) {
            if (whose !== mark) assert.equal(after.get(whose), documents, `${call} by ${mark}`);
          }
          before = after;
        }
      }),
      { numRuns: 120 },
    );
    for (const appId of APPS) {
      const { counted, truth } = f.usage({ appId, userId: "" });
      assert.deepEqual(counted, truth);
    }
  }),
);

Deno.test(
  "a person's call without a person is refused, and every call needs the grant",
  withDs((f) => {
    const table = new SyscallTable(dsSyscalls(f.ds));
    for (const call of CALLS) {
      const input = { ...inputs("", 1)[call], collection: "c" };
      assert.throws(
        () => table.call(callerOf(APPS[0]!, undefined), call, { ...input, user: true }),
        { code: "NOT_SIGNED_IN" },
        call,
      );
      const bare = { ...callerOf(APPS[0]!, undefined), grants: new Set(["storage:kv"]) };
      assert.throws(() => table.call(bare, call, input), { code: "PERMISSION" }, call);
    }
  }),
);
