import type { Attack } from "./hostile.ts";

/** A native call that would have taken much of the heap at once. */
const REFUSED: NonNullable<Attack["expect"]> = [500, /APP_ERROR/];
/** It went on until V8 or the end of its turn ended it. */
const ENDED: NonNullable<Attack["expect"]> = [[503, 504], /APP_MEMORY|APP_TIMEOUT/];
/** It got what it wanted: there is room for that much beyond the heap, or it is ended for it. */
const BORNE: NonNullable<Attack["expect"]> = [[200, 503, 504], /^\[\]$|APP_MEMORY|APP_TIMEOUT/];

/** Refused, or ended for the list that it made before. */
const HALF: NonNullable<Attack["expect"]> = [[500, 503, 504], /APP_ERROR|APP_MEMORY|APP_TIMEOUT/];

/** Makes `s`, two to the power of `n` characters that were never in one piece, with no call at all. */
const grown = (n: number, from = "x") =>
  `let s = "${from}"; for (let i = 0; i < ${n}; i++) s += s;`;
/** The greatest list that is no dictionary: 256 MB. */
const LONG = "const a = []; a.length = 2 ** 25 - 1;";

const bombs: Record<string, readonly [code: string, expect: NonNullable<Attack["expect"]>]> = {
  "repeat and upper case": [`"x".repeat(2 ** 28).toUpperCase();`, REFUSED],
  "upper case": [`${grown(26)} s.toUpperCase();`, REFUSED],
  "lower case of a language": [`${grown(26)} s.toLocaleLowerCase("tr");`, REFUSED],
  "normal form": [`"\\ufdfa".repeat(2 ** 24).normalize("NFKD");`, REFUSED],
  "padding": [`"x".padEnd(2 ** 28, "ab")[7];`, REFUSED],
  "an object that is a text": [
    `${grown(26)} String.prototype.toUpperCase.call({ toString: () => s });`,
    REFUSED,
  ],
  "split into characters": [`${grown(28)} s.split("");`, REFUSED],
  "split into many": [`"x".repeat(2 ** 24).split("");`, REFUSED],
  "replace": [`"x".repeat(2 ** 20).replace(/x/g, "y".repeat(400));`, REFUSED],
  "replace all": [`"x".repeat(2 ** 20).replaceAll("x", "y".repeat(400));`, REFUSED],
  "replace by a function": [
    `const y = "y".repeat(100); "x".repeat(2 ** 20).replace(/x/g, () => y);`,
    REFUSED,
  ],
  "text to JSON": [`${grown(26)} JSON.stringify(s);`, REFUSED],
  "texts to JSON": [`JSON.stringify(Array(30).fill("x".repeat(4e6)));`, REFUSED],
  "JSON of a long text": [`${grown(26, "1")} JSON.parse(s);`, REFUSED],
  "encode a component": [`${grown(26, "é")} encodeURIComponent(s);`, REFUSED],
  "escape": [`escape("\\u1234".repeat(2 ** 24));`, REFUSED],
  "base 64": [`${grown(26)} btoa(s);`, REFUSED],
  "a symbol's name": [`${grown(26)} Symbol.for(s);`, REFUSED],
  "decode bytes": [`new TextDecoder().decode(new Uint8Array(2 ** 26));`, REFUSED],
  "join": [`Array(1e5).fill("x".repeat(4000)).join("");`, REFUSED],
  "join of nothing": [`${LONG} a.join("xxxxxxxx");`, HALF],
  "list from a length": [`Array.from({ length: 2 ** 25 });`, REFUSED],
  "list of another class": [
    `class A extends Array {} A.from({ length: 2 ** 25 - 1 });`,
    REFUSED,
  ],
  "fill and map": [`new Array(2 ** 25 - 1).fill(0).map(() => ({}));`, HALF],
  "a list with one other": [`${LONG} a.with(1, 1);`, HALF],
  "a list doubled": ["let a = [1, 2, 3, 4]; for (;;) a = a.concat(a);", REFUSED],
  "a greater number": ["let n = 3n; for (;;) n *= n;", ENDED],
  "a list of a length": [`${LONG} return [];`, BORNE],
  "a list of numbers of a length": [
    "const a = [0.5]; a.length = 2 ** 25 - 1; return [];",
    BORNE,
  ],
  "a new list of a length": ["new Array(2 ** 25 - 1); return [];", BORNE],
  "a list of a length, by construct": [
    "Reflect.construct([].constructor, [2 ** 25 - 1]); return [];",
    BORNE,
  ],
  "a list that grows": ["const a = []; for (;;) a.push(1);", ENDED],
  "a list that grows by index": ["const a = []; for (let i = 0;; i++) a[i] = i;", ENDED],
  "a list spread": ["let a = [1, 2, 3, 4]; for (;;) a = [...a, ...a];", ENDED],
  "a generator spread": ["return [...(function* () { for (;;) yield 1; })()];", ENDED],
  "an iterator's list": [
    "return Iterator.from({ next: () => ({ done: false, value: 1 }) }).toArray();",
    ENDED,
  ],
  "a map that grows": ["const m = new Map(); for (let i = 0;; i++) m.set(i, i);", ENDED],
  "a set that grows": ["const m = new Set(); for (let i = 0;; i++) m.add(i + 0.5);", ENDED],
  "an object that grows": ["const o = {}; for (let i = 0;; i++) o['k' + i] = i;", ENDED],
  "objects in objects": ["let a = null; for (;;) a = { a, b: [1, 2, 3] };", ENDED],
  "functions in functions": ["let f = () => 0; for (;;) { const g = f; f = () => g; }", ENDED],
  "entries again and again": [
    `const o = {}, k = []; for (let i = 0; i < 1e5; i++) o["k" + i] = i;
      for (;;) k.push(Object.entries(o));`,
    ENDED,
  ],
  "clones": [
    `const a = [], k = []; for (let i = 0; i < 1e5; i++) a.push({ i });
      for (;;) k.push(structuredClone(a));`,
    // What V8 ends in the middle of a copy is an exception to the app.
    HALF,
  ],
  "a text compared": [`${grown(27)} let t = "y" + s.slice(1); s === t; return [];`, BORNE],
  "a text ordered": [`${grown(27)} let t = s + "y"; s += "z"; s < t; return [];`, BORNE],
  "a text as a key": [`${grown(26)} const o = {}; o[s] = 1; return [];`, BORNE],
  "a text looked for": [`${grown(26)} s in {}; return [];`, BORNE],
  "a text in a map": [`${grown(26)} new Map().set(s, 1); return [];`, BORNE],
  "a text as a case": [
    `${grown(27)} switch (s) { case "y" + s.slice(1): } return [];`,
    BORNE,
  ],
  "a text's character": [`${grown(27)} s[5]; return [];`, BORNE],
  "a wide text's character": [`${grown(26, "ሴ")} s[5]; return [];`, BORNE],
  "a text as a number": [`${grown(27, "1")} +s; return [];`, BORNE],
  "a text in a pattern": [`${grown(27)} /y/.test(s); return [];`, BORNE],
  "a text's characters": [`${grown(26)} for (const c of s) break; return [];`, BORNE],
  "a text spread": [`${grown(26)} return [...s];`, ENDED],
  "a text in a template": [
    "let s = 'x'; for (let i = 0; i < 27; i++) s = `${s}${s}`; s[3]; return [];",
    BORNE,
  ],
  "an error's message": [`${grown(26)} new Error(s).stack; return [];`, BORNE],
  "an answer": [`${grown(27)} return s;`, [502, /APP_RESPONSE/]],
  "a response": [`${grown(27)} return new Response(s);`, REFUSED],
  "kept from turn to turn": [
    `globalThis.kept ??= []; for (let i = 0; i < 40; i++) {
        kept.push(Array(3e5).fill(0).map((_, i) => i + 0.5));
        await fazt.storage.kv.get("a");
      } return [];`,
    [503, /APP_MEMORY/],
  ],
};

/** Ways to ask for more memory at once than there is, which V8 would end the process for. */
export const BOMBS: readonly Attack[] = Object.entries(bombs)
  .map(([name, [code, expect]]) => ({ name: `bomb: ${name}`, code, expect }));
