import { initialize } from "esbuild-wasm/esm/browser.js";
import { buildApp } from "./build_app.ts";
import { BuildFailure, toFailure } from "./build_failure.ts";
import { limitMemory } from "./limit_memory.ts";
import { packUnit } from "./pack_unit.ts";
import type { BundleJob, FromWorker, Questions, ToWorker } from "./protocol.ts";

// Runs with no permission at all: whatever it needs it asks of the kernel's side.

/** {@link Questions} as this side sees them: every answer comes later. */
export type Asked = {
  [Q in keyof Questions]: (
    ...args: Parameters<Questions[Q]>
  ) => Promise<Awaited<ReturnType<Questions[Q]>>>;
};

/** 256 MiB; packing the largest library takes about a third of it. */
const MEMORY_PAGES = 4096;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker): void;
};
const waiting = new Map<number, Waiting>();
let asks = 0;

// When input brings esbuild down it prints the state of its whole runtime; of that only the
// fact matters, because what was asked of it will never be answered.
console.log = console.error = () => {};
console.warn = (text) => {
  if (text === "exit code:") scope.postMessage({ kind: "crashed" });
};

// After its end esbuild's own timers fail; before it, nothing should.
for (const type of ["error", "unhandledrejection"]) {
  globalThis.addEventListener(type, (event) => {
    event.preventDefault();
    const { error, reason } = event as { error?: unknown; reason?: unknown };
    scope.postMessage({ kind: "broken", message: String(error ?? reason) });
  });
}

// esbuild hands itself every message with a plain `setTimeout`, which takes 4 ms once nested.
const { port1, port2 } = new MessageChannel();
const turns: (() => void)[] = [];
const delayed = globalThis.setTimeout;
port1.onmessage = () => turns.shift()!();
globalThis.setTimeout = ((run: () => void, ms?: number) => {
  if (ms) return delayed(run, ms);
  turns.push(run);
  port2.postMessage(undefined);
  return 0;
}) as typeof setTimeout;

scope.onmessage = ({ data }) => {
  if (data.kind === "start") return void start(data.wasm);
  if (data.kind === "run") return void run(data.id, data.job);
  const asked = waiting.get(data.ask);
  waiting.delete(data.ask);
  if (data.kind === "answer") asked?.resolve(data.value as never);
  else asked?.reject(new Error(data.message));
};

async function start(wasm: Uint8Array): Promise<void> {
  try {
    const wasmModule = await WebAssembly.compile(limitMemory(wasm, MEMORY_PAGES));
    await initialize({ wasmModule, worker: false });
    scope.postMessage({ kind: "ready" });
  } catch (error) {
    scope.postMessage({ kind: "broken", message: String(error) });
  }
}

async function run(id: number, job: BundleJob): Promise<void> {
  const ask = asker(id);
  try {
    const value = job.kind === "build" ? await buildApp(job, ask) : await packUnit(job.unit, ask);
    scope.postMessage({ kind: "done", id, value });
  } catch (error) {
    const failure = error instanceof BuildFailure ? error.failure : toFailure(error);
    scope.postMessage({ kind: "failed", id, failure });
  }
}

function asker(id: number): Asked {
  const question = (name: keyof Questions) => (...args: unknown[]) =>
    new Promise<never>((resolve, reject) => {
      const ask = ++asks;
      waiting.set(ask, { resolve, reject });
      scope.postMessage({ kind: "ask", id, ask, question: name, args });
    });
  return {
    appFile: question("appFile"),
    stdlib: question("stdlib"),
    packageRoot: question("packageRoot"),
    shim: question("shim"),
    packageFile: question("packageFile"),
    readPackage: question("readPackage"),
  };
}
