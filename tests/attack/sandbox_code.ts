/** Hostile code for a sandbox, and what it must come to. */
export interface SandboxAttack {
  readonly name: string;
  readonly code: string;
  /** Code of the error, or the value as JSON. Default: an empty list of spoils. */
  readonly expect?: string;
  /** Text of the message, or of the log. */
  readonly said?: RegExp;
}

/** Ways out, or to somebody else's data: each gives the list of what it could reach. */
const ESCAPES: readonly SandboxAttack[] = [
  {
    name: "constructors",
    code: `const got = [];
      for (const start of [[], {}, () => {}, async () => {}, function* () {}, fazt, console,
        fazt.sandbox.exec, input, Promise.resolve(), new Error(), globalThis]) {
        try { if (start.constructor.constructor("return 1")() === 1) got.push("function"); } catch {}
        try { if (start.constructor("return 1")() === 1) got.push("function"); } catch {}
      }
      try { if ((0, eval)("1") === 1) got.push("eval"); } catch {}
      return got;`,
  },
  {
    name: "globals of the machine",
    code:
      `return ["Deno", "process", "require", "Worker", "WebSocket", "postMessage", "gc", "Buffer",
      "navigator", "module", "importScripts"].filter((name) => globalThis[name] !== undefined)`,
  },
  {
    name: "functions of the bootstrap in a stack",
    code: `const got = [];
      Error.prepareStackTrace = (_error, sites) => sites;
      const sites = new Error().stack;
      for (const site of Array.isArray(sites) ? sites : []) {
        const made = site.getFunction?.();
        if (made !== undefined) got.push(String(made).slice(0, 40));
      }
      return got;`,
  },
  {
    name: "the environment of the app",
    code: "return (await fazt.env.has('KEY')) ? ['KEY'] : []",
  },
  {
    name: "data of the app without a capability",
    code: "return [await fazt.storage.kv.get('mine')]",
    expect: "SANDBOX_ERROR",
    said: /was not given storage:kv/,
  },
  {
    name: "calls that any app may make",
    code: `const got = [];
      for (const call of [() => fazt.schedule(1), () => fazt.cron.list(), () => fazt.events.emit("x"),
        () => fazt.limits.rate.status("x"), () => fazt.net.logs(), () => fetch("https://a.example"),
        () => fazt.sandbox.exec("1"), () => fazt.sandbox.validate("1"), () => fazt.events.query()]) {
        try { await call(); got.push(String(call)); }
        catch (error) { if (error.code !== "PERMISSION") got.push(error.code); }
      }
      return got;`,
  },
  {
    name: "a sandbox in a sandbox, by a changed message",
    code: `const { push } = Array.prototype;
      Array.prototype.push = function (...all) {
        const [m] = all;
        if (Array.isArray(m) && m[0] === "syscall") m[3] = "sandbox.exec";
        return push.apply(this, all);
      };
      const got = [];
      try { await fazt.storage.kv.get({ code: "1" }); got.push("ran"); } catch {}
      return got;`,
  },
  {
    name: "import",
    code: "const name = 'node:fs';\n return [await import(name)]",
    expect: "SANDBOX_SYNTAX",
    said: /line 2, column 16/,
  },
];

/** What may not reach the next code, nor the app that asked. */
const TRACES: readonly SandboxAttack[] = [
  {
    name: "pollute everything",
    code:
      `globalThis.left = 1; Object.prototype.left = 1; Array.prototype.map = () => ["left"]; return []`,
    expect: '["left"]',
  },
  {
    name: "find what others left",
    code: "return [globalThis.left, {}.left, ...[1].map((n) => n - 1)].filter(Boolean)",
  },
];

/** Code that takes what is everybody's: each ends with its own error and leaves no thread. */
const FLOODS: readonly SandboxAttack[] = [
  { name: "never return", code: "while (true);", expect: "SANDBOX_TIMEOUT" },
  { name: "never answer", code: "await new Promise(() => {})", expect: "SANDBOX_TIMEOUT" },
  { name: "promises without end", code: "for (;;) await null;", expect: "SANDBOX_TIMEOUT" },
  {
    name: "promises that make promises",
    code: "const more = () => Promise.resolve().then(() => { more(); more(); }); await more();" +
      "await new Promise(() => {})",
    expect: "SANDBOX_TIMEOUT|SANDBOX_MEMORY",
  },
  { name: "leave a timer", code: "setInterval(() => { for (;;); }, 0); return []" },
  {
    name: "leave a loop behind a false value",
    code: `const { push } = Array.prototype;
      Array.prototype.push = function (...all) {
        if (Array.isArray(all[0]) && all[0][0] === "log") all[0] = ["value", 1, "[]"];
        return push.apply(this, all);
      };
      console.log("x");
      setTimeout(() => { for (;;); }, 0);
      await new Promise(() => {});`,
  },
  {
    name: "leave loops again and again behind a false value",
    code: `const { push } = Array.prototype;
      Array.prototype.push = function (...all) {
        if (Array.isArray(all[0]) && all[0][0] === "log") all[0] = ["value", 1, "[]"];
        return push.apply(this, all);
      };
      console.log("x");
      for (let i = 0; i < 3; i++) setInterval(() => { for (;;); }, 0);
      await new Promise(() => {});`,
  },
  {
    name: "fill the heap",
    code: "const keep = []; for (;;) keep.push(new Array(1000).fill({}));",
    expect: "SANDBOX_MEMORY|SANDBOX_TIMEOUT",
  },
  {
    name: "array buffers",
    code: "const keep = []; for (;;) keep.push(new Uint8Array(16e6).fill(1));",
    expect: "SANDBOX_ERROR|SANDBOX_TIMEOUT",
  },
  {
    name: "a value that doubles as it is written",
    code: "let a = ['x']; for (let i = 0; i < 60; i++) a = [a, a]; return a",
    expect: "SANDBOX_MEMORY|SANDBOX_TIMEOUT",
  },
  {
    name: "recursion",
    code: "const f = () => f() + 1; f()",
    expect: "SANDBOX_ERROR",
    said: /stack/,
  },
  {
    name: "catastrophic regular expression",
    code: `/^(a+)+$/.test("a".repeat(40) + "!")`,
    expect: "SANDBOX_TIMEOUT",
  },
  { name: "a large value", code: `"x".repeat(3e6)`, expect: "SANDBOX_OUTPUT" },
  {
    name: "100,000 lines of log",
    code: "for (let i = 0; i < 1e5; i++) console.log(i); return []",
    expect: "[]|SANDBOX_TIMEOUT",
    said: /the rest is dropped/,
  },
  {
    name: "one line of 20 MB",
    code: `console.log("x".repeat(2e7)); return []`,
    said: /the rest is dropped/,
  },
];

/** Values and errors that are none. */
const NONSENSE: readonly SandboxAttack[] = [
  {
    name: "a function",
    code: "() => 1",
    expect: "SANDBOX_ERROR",
    said: /Cannot return a function/,
  },
  { name: "a circle", code: "const a = {}; a.a = a; a", expect: "SANDBOX_ERROR", said: /a cycle/ },
  { name: "not a number", code: "0 / 0", expect: "SANDBOX_ERROR", said: /NaN/ },
  {
    name: "a getter that throws",
    code: "return { get x() {\n throw new Error('inside') } }",
    expect: "SANDBOX_ERROR",
    said: /inside \(line 2, column 8\)/,
  },
  {
    name: "a getter that never returns",
    code: "return { get x() { for (;;); } }",
    expect: "SANDBOX_TIMEOUT",
  },
  { name: "throw a number", code: "throw 42", expect: "SANDBOX_ERROR", said: /42/ },
  {
    name: "throw what cannot be shown",
    code: "throw { toString() { throw 1 } }",
    expect: "SANDBOX_ERROR",
    said: /cannot be shown/,
  },
  {
    name: "an error whose getters throw",
    code: "throw Object.defineProperties(new Error('x'), { message: { get() { throw 1 } }," +
      " stack: { get() { throw 2 } } })",
    expect: "SANDBOX_ERROR",
    said: /cannot be shown/,
  },
  {
    name: "an error whose getter never returns",
    code: "throw Object.defineProperty(new Error('x'), 'stack', { get() { for (;;); } })",
    expect: "SANDBOX_TIMEOUT",
  },
  {
    name: "an error with a large text",
    code: "throw new Error('x'.repeat(1e7))",
    expect: "SANDBOX_ERROR",
  },
  {
    name: "a value that cannot be read",
    code: "JSON.stringify = () => 'no JSON'; 1",
    expect: "SANDBOX_ERROR",
    said: /tampered/,
  },
  {
    name: "a message that has no text",
    code: `const { push } = Array.prototype;
      Array.prototype.push = function (...all) {
        if (Array.isArray(all[0]) && all[0][0] === "log") all[0][3] = { toString: 1, valueOf: 1 };
        return push.apply(this, all);
      };
      console.log("x")`,
    expect: "SANDBOX_ERROR",
  },
];

/** All of it, in the order in which it is run. */
export const ATTACKS: readonly SandboxAttack[] = [...ESCAPES, ...TRACES, ...FLOODS, ...NONSENSE];
