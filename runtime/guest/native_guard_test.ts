import assert from "node:assert/strict";
import { guestSource } from "./source.ts";
import { guardNatives } from "./native_guard.ts";

/** Runs statements where the natives are guarded for 1 MiB; gives what they return. */
async function guarded(code: string): Promise<unknown> {
  const text = `(${guardNatives})(1024 * 1024);
    const refused = (run) => { try { run(); return false; } catch (e) {
      return e instanceof RangeError && /more memory than the app has/.test(e.message); } };
    postMessage((() => { ${code} })());`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
}

Deno.test("guarded natives do what they did, and look as they looked", async () => {
  const before = `{
    up: "aß".toUpperCase(), of: String.prototype.toUpperCase.call({ toString: () => "b" }),
    split: ["a,b,c".split(","), "a,b,c".split(",", 2), "abc".split(""), "a1b".split(/\\d/),
      "abc".split(), "abc".split(undefined, 0)],
    replace: ["aXb".replace("X", "$&$&"), "aXbX".replaceAll("X", (m, at) => m + at),
      "2020-01".replace(/(?<y>\\d+)-(\\d+)/, "$2/$<y>")],
    pad: ["5".padStart(3, "0"), "5".padEnd(3), "ab".repeat(2), "ab".repeat("2"), "x".repeat(0)],
    json: [JSON.stringify({ a: [1, { b: 2 }] }, null, 2), JSON.stringify(undefined),
      JSON.stringify({ a: 1, b: 2 }, ["b"]), JSON.parse("[1]", (k, v) => v)],
    join: [[1, null, [2, 3], undefined].join("-"), [1, 2].join(), String([1, [2]]),
      Array.prototype.join.call({ length: 2, 0: "x", 1: "y" })],
    lists: [Array.from("abc"), Array.from({ length: 2 }, (_, i) => i), Array.from(new Set([1])),
      [1].concat([2], 3, [[4]]), [3, 1].toSorted(), [1, 2].with(0, 9), Array(2).fill(7),
      [[1], [2]].flat(), [1, 2].toSpliced(0, 1)],
    own: class extends Array {}.from([1]).constructor.name.length,
    code: [encodeURIComponent("é&"), decodeURIComponent("%C3%A9"), encodeURI("é"), btoa("a"),
      atob("YQ=="), escape("é")],
    symbol: Symbol.for("x") === Symbol.for("x"),
    names: [String.prototype.split, JSON.stringify, Array.from, encodeURI, Array.prototype.join,
      Symbol.for].map((f) => [f.name, f.length, "prototype" in f]),
    thrown: [() => String.prototype.repeat.call(null, 1), () => "a".repeat(-1),
      () => String.prototype.padEnd.call(undefined, 2), () => "a".replaceAll(/a/, ""),
      () => JSON.parse("{"), () => decodeURI("%"), () => String.prototype.split.call(null, ""),
      () => "x".repeat(Infinity), () => new "a".split("")]
      .map((run) => { try { run(); return "nothing"; } catch (e) { return e.name; } }),
  }`;
  const here = await guarded(`return (${before});`);
  // The same statements, without the guard.
  const url = `data:text/javascript,${encodeURIComponent(`export default ${before}`)}`;
  const there = (await import(url)).default;
  assert.deepEqual(JSON.parse(JSON.stringify(here)), JSON.parse(JSON.stringify(there)));
});

Deno.test("what would take too much at once is refused, also where an object stands for it", async () => {
  assert.deepEqual(
    await guarded(`
      const big = { toString: () => { let s = "x"; for (let i = 0; i < 20; i++) s += s; return s; } };
      const s = String(big);
      return [() => "x".repeat(1e6), () => s.toUpperCase(), () => s.split(""), () => JSON.stringify(s),
        () => String.prototype.normalize.call(big), () => encodeURI(big), () => JSON.parse(big),
        () => "x".repeat(200_000).split(""), () => "x".padEnd(1e6),
        () => "x".repeat(1000).replace(/x/g, "y".repeat(1000)),
        () => Array.from({ length: 1e6 }), () => Array(1000).fill("x".repeat(1000)).join(""),
        () => Array(100_000).concat(Array(100_000)), () => JSON.stringify(Array(300).fill("y".repeat(2000))),
      ].map(refused);`),
    Array(14).fill(true),
  );
});

Deno.test("the guard is part of what isolates run", () => {
  assert.match(guestSource(), /guardNatives/);
});
