import { BOMBS } from "./bombs.ts";

/** What one hostile request must come to. */
export interface Attack {
  readonly name: string;
  /** Statements of an async function body with `request`; what it returns is what it got hold of. */
  readonly code: string;
  /** `[status, body]` patterns; default: 200 with an empty list of spoils. */
  readonly expect?: readonly [number | readonly number[], RegExp];
}

const NOTHING: NonNullable<Attack["expect"]> = [200, /^\[\]$/];

/** Ended for one reason or the other: close to its heap limit V8 may be too slow for a deadline. */
const ENDED: NonNullable<Attack["expect"]> = [[503, 504], /APP_MEMORY|APP_TIMEOUT/];

/**
 * Whether an answer is what an attack may get. What floods may be ended for its time or memory as
 * well: on a busy machine it does not come to its own end.
 */
export function mayGet(
  attack: Attack,
  { status, text }: { readonly status: number; readonly text: string },
): boolean {
  const [statuses, body] = attack.expect ?? NOTHING;
  const met = [statuses].flat().includes(status) && body.test(text);
  return met || FLOODS.includes(attack) && [503, 504].includes(status) && ENDED[1].test(text);
}

/** Ways out of the isolate: each returns the list of what it could reach. */
export const ESCAPES: readonly Attack[] = [
  {
    name: "end the process",
    code: `const got = [];
      for (const scope of [globalThis, Object.getPrototypeOf(globalThis)]) {
        for (const name of ["Deno", "process", "require", "module", "global"]) {
          if (scope[name] !== undefined) got.push(name);
        }
      }
      try { Deno.kill(Deno.pid, "SIGKILL"); got.push("killed"); } catch {}
      try { process.kill(process.pid); got.push("killed"); } catch {}
      try { Deno.exit(3); got.push("exited"); } catch {}
      return got;`,
  },
  {
    name: "start threads or talk to other apps",
    code: `const names = ["Worker", "SharedWorker", "BroadcastChannel", "caches", "navigator",
        "indexedDB", "localStorage", "sessionStorage", "WebSocket", "EventSource", "importScripts",
        "prompt", "alert", "confirm", "Notification", "opener", "parent", "postMessage", "close"];
      return names.filter((name) => globalThis[name] !== undefined);`,
  },
  {
    name: "make code from text",
    code: `const got = [];
      const text = "return 7";
      const makers = {
        eval: () => globalThis.eval("7"), indirect: () => (0, globalThis["eval"])("7"),
        Function: () => new Function(text)(), literal: () => (() => 0).constructor(text)(),
        async: () => (async () => 0).constructor(text)(),
        generator: () => (function* () {}).constructor(text)(),
        asyncGenerator: () => (async function* () {}).constructor(text)(),
        native: () => Object.constructor(text)(), bound: () => (() => 0).bind().constructor(text)(),
        method: () => [].map.constructor(text)(), getter: () =>
          Object.getOwnPropertyDescriptor(Map.prototype, "size").get.constructor(text)(),
        console: () => console.log.constructor(text)(), fazt: () => fazt.log.info.constructor(text)(),
        response: () => Response.constructor(text)(), proxy: () => ArrayBuffer.constructor(text)(),
        reflect: () => Reflect.construct((class {}).constructor, [text])(),
        wasm: () => WebAssembly.instantiate.constructor(text)(),
      };
      for (const [name, make] of Object.entries(makers)) {
        try { make(); got.push(name); } catch {}
      }
      globalThis.fired = false;
      try { setTimeout("globalThis.fired = true", 0); } catch {}
      await new Promise((r) => setTimeout(r, 20));
      if (globalThis.fired) got.push("setTimeout");
      return got;`,
  },
  {
    name: "find a stack frame of the host",
    code: `const got = [];
      const native = Error.prepareStackTrace;
      const look = (sites) => {
        if (!Array.isArray(sites)) return;
        for (const site of sites) {
          for (const ask of ["getFunction", "getThis"]) {
            const value = site[ask]?.();
            if (value !== undefined && value !== null && value !== globalThis) {
              const text = String(value.name ?? value);
              if (!String(site.getFileName() ?? site.getEvalOrigin?.() ?? "").startsWith("blob:")) {
                got.push(ask + " " + text + " at " + site.getFileName());
              }
            }
          }
        }
      };
      Error.prepareStackTrace = (_, sites) => { look(sites); return "x"; };
      new Error().stack;
      console.log({ get x() { return new Error().stack; },
        [Symbol.for("Deno.customInspect")]() { new Error().stack; return "y"; } });
      new Response(new ReadableStream({ pull(c) { new Error().stack; c.close(); } }));
      await fazt.storage.kv.set("k", { toJSON() { new Error().stack; return 1; } });
      await { then(resolve) { new Error().stack; resolve(); } };
      (function f() { try { if (f.caller) got.push("caller"); } catch {} })();
      Error.prepareStackTrace = native;
      return got;`,
  },
  {
    name: "reach out through inspect and its helpers",
    code: `const got = [];
      const trap = {
        [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
          if (inspect?.constructor?.("return 1")) got.push("node inspect");
        },
        [Symbol.for("Deno.customInspect")](inspect) {
          try { if (inspect.constructor("return 1")() === 1) got.push("deno inspect"); } catch {}
        },
      };
      try { console.log(trap); } catch {}
      return got;`,
  },
  {
    name: "read a file, a variable, a host",
    code: `const got = [];
      for (const url of ["file:///etc/passwd", "http://127.0.0.1:1/", "data:text/plain,x",
        "http://169.254.169.254/latest/meta-data/"]) {
        try { await fetch(url); got.push(url); } catch {}
      }
      for (const load of [() => import.meta.resolve("npm:zod"), () => import.meta.filename]) {
        try { const x = load(); if (x && !String(x).startsWith("blob:")) got.push(String(x)); } catch {}
      }
      return got;`,
  },
  {
    name: "speak another app's name in a syscall",
    code: `const got = [];
      for (const trick of [{ appId: "VICTIM", key: "secret" }, { key: "secret", app: "victim" },
        { key: "secret", __proto__: { appId: "VICTIM" } }]) {
        try {
          const value = await fazt.storage.kv.get(trick.key, trick);
          if (value !== undefined) got.push(value);
        } catch {}
      }
      for (const key of ["../victim/secret", "victim:secret", "%00secret", "VICTIM/secret"]) {
        if (await fazt.storage.kv.get(key) !== undefined) got.push(key);
      }
      const page = await fazt.storage.kv.list("");
      for (const { key, value } of page.items) if (value === "of the victim") got.push(key);
      await fazt.storage.kv.set("secret", "of the attacker");
      await fazt.storage.kv.delete("secret");
      return got;`,
  },
  {
    name: "tamper with the language",
    code: `const natives = [Array.prototype, Map.prototype, Set.prototype, Object.prototype,
        Promise.prototype, String.prototype, Headers.prototype, Request.prototype];
      const seen = [];
      const push = Array.prototype.push;
      Array.prototype.push = function (...args) {
        for (const a of args) {
          if (a && typeof a === "object" && ("Deno" in a || "postMessage" in a)) seen[0] = "port";
        }
        return push.apply(this, args);
      };
      Map.prototype.get = new Proxy(Map.prototype.get, { apply(t, self, a) {
        const v = Reflect.apply(t, self, a);
        if (v && typeof v.postMessage === "function") seen[0] = "port";
        return v;
      } });
      Object.prototype.polluted = "everywhere";
      await fazt.storage.kv.get("x");
      console.log("still here");
      return natives.length ? seen : [];`,
  },
];

/** Ways to use up what everybody needs: each ends with its own code. */
export const FLOODS: readonly Attack[] = [
  {
    name: "timers",
    code: "for (let i = 0; i < 3e4; i++) setInterval(() => {}, 1000); return [];",
  },
  { name: "never return", code: "while (true);", expect: [504, /APP_TIMEOUT/] },
  {
    name: "a loop whose checks V8 leaves out when it unrolls",
    code: "const keep = []; for (;;) keep.push(new Array(1000).fill(1));",
    expect: ENDED,
  },
  {
    name: "never return from a later turn",
    code: "await fazt.storage.kv.get('a'); for (;;) globalThis.x = [1, 2, 3];",
    expect: [504, /APP_TIMEOUT/],
  },
  {
    name: "never return from a timer",
    code: "setTimeout(() => { for (;;); }, 0); await new Promise(() => {});",
    expect: [504, /APP_TIMEOUT/],
  },
  {
    name: "never return from what native code settles",
    code: "await crypto.subtle.digest('SHA-256', new Uint8Array(1)); for (;;);",
    expect: [504, /APP_TIMEOUT/],
  },
  { name: "never answer", code: "await new Promise(() => {});", expect: [504, /APP_TIMEOUT/] },
  {
    name: "catastrophic regular expression",
    code: `return /^(a+)+$/.test("a".repeat(40) + "!");`,
    expect: [504, /APP_TIMEOUT/],
  },
  {
    name: "wait on shared memory",
    code: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); return [];",
    expect: [504, /APP_TIMEOUT/],
  },
  {
    name: "fill the heap",
    code: "const keep = []; for (;;) keep.push(new Array(1000).fill({}));",
    expect: ENDED,
  },
  {
    name: "fill the heap in small steps",
    code: `globalThis.keep = [];
      for (;;) { keep.push(new Array(1000).fill(keep.length)); await null; }`,
    expect: ENDED,
  },
  {
    name: "array buffers",
    code: "const keep = []; for (;;) keep.push(new Uint8Array(16e6).fill(1));",
    expect: [500, /APP_ERROR/],
  },
  {
    name: "WebAssembly memory",
    code: `const keep = [];
      for (;;) { const m = new WebAssembly.Memory({ initial: 100, maximum: 65536 }); m.grow(400);
        new Uint8Array(m.buffer).fill(1); keep.push(m); }`,
    expect: [500, /APP_ERROR/],
  },
  {
    name: "recursion",
    code: "const deeper = (n) => deeper(n + 1) + 1; return deeper(0);",
    expect: [500, /APP_ERROR/],
  },
  {
    name: "microtasks without end",
    code: "for (;;) await null;",
    expect: [504, /APP_TIMEOUT/],
  },
  {
    name: "key derivation without end",
    code: `const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false,
        ["deriveBits"]);
      const how = { name: "PBKDF2", hash: "SHA-512", salt: new Uint8Array(8), iterations: 2e9 };
      await crypto.subtle.deriveBits(how, key, 512);`,
    expect: [500, /APP_ERROR/],
  },
  {
    name: "console flood",
    code: `for (let i = 0; i < 1e5; i++) console.log("flood ".repeat(50)); return [];`,
  },
  {
    name: "one line of 100 MB",
    code:
      `const line = "m".repeat(1e6); for (let i = 0; i < 20; i++) console.log(line); return [];`,
  },
  {
    name: "syscall flood",
    code: `const all = [];
      for (let i = 0; i < 20000; i++) all.push(fazt.storage.kv.get("k" + i).catch((e) => e.code));
      const codes = new Set((await Promise.all(all)).filter(Boolean));
      return [...codes];`,
    expect: [200, /^\["RATE_LIMITED"\]$/],
  },
  {
    name: "rejections nobody handles",
    code: `for (let i = 0; i < 100; i++) Promise.reject(new Error("lost " + i));
      queueMicrotask(() => { throw new Error("thrown later"); });
      setTimeout(() => { throw "a string"; }, 0);
      await new Promise((r) => setTimeout(r, 20));
      return [];`,
  },
  ...BOMBS,
];

/** Answers that are no answers. */
export const NONSENSE: readonly Attack[] = [
  { name: "throw a string", code: `throw "just text";`, expect: [500, /APP_ERROR/] },
  { name: "throw nothing", code: "throw undefined;", expect: [500, /APP_ERROR/] },
  {
    name: "throw what cannot be shown",
    code: `throw { toString() { throw 1; }, get message() { throw 2; } };`,
    expect: [500, /APP_ERROR/],
  },
  { name: "return a function", code: "return () => 1;", expect: [502, /APP_RESPONSE/] },
  { name: "return a symbol", code: "return Symbol();", expect: [502, /APP_RESPONSE/] },
  {
    name: "change a message on its way into what has no text",
    code: `const { push } = Array.prototype;
      Array.prototype.push = function (...all) {
        if (Array.isArray(all[0]) && all[0][0] === "log") all[0][3] = { toString: 1, valueOf: 1 };
        return push.apply(this, all);
      };
      console.log("x");
      return new Promise(() => {});`,
    expect: [503, /APP_STOPPED/],
  },
  {
    name: "split the response",
    code: `return new Response("x", { headers: { "x-a": "1\\r\\nset-cookie: evil=1" } });`,
    expect: [500, /APP_ERROR/],
  },
  {
    name: "send a body that was read",
    code: `const r = new Response(new Blob(["x"])); await r.text(); return r;`,
    expect: [502, /APP_RESPONSE/],
  },
  {
    name: "a getter that throws",
    code: `return { get x() { throw new Error("inside"); } };`,
    expect: [502, /APP_RESPONSE/],
  },
  {
    name: "a circle",
    code: "const a = {}; a.a = a; return a;",
    expect: [502, /APP_RESPONSE/],
  },
];

/** One module that holds every attack; `/api/<n>` runs the n-th, anything else none. */
export function hostileModule(attacks: readonly Attack[]): string {
  const bodies = attacks.map(({ code, name }) => `/* ${name} */ async (request) => { ${code} }`);
  return `const attacks = [${bodies.join(",\n")}];
export default (request) =>
  (attacks[Number(new URL(request.url).pathname.split("/").pop())] ?? (() => "calm"))(request);`;
}
