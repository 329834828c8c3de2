import { initialize } from "esbuild-wasm/esm/browser.js";
import { buildApp } from "./build_app.ts";
import { BuildFailure, toFailure } from "./build_failure.ts";
import { packUnit } from "./pack_unit.ts";
import type { BundleJob, FromWorker, Questions, ToWorker } from "./protocol.ts";

// Runs with no permission at all: whatever it needs it asks of the kernel's side.

/** {@link Questions} as this side sees them: every answer comes later. */
export type Asked = {
  [Q in keyof Questions]: (
    ...args: Parameters<Questions[Q]>
  ) => Promise<Awaited<ReturnType<Questions[Q]>>>;
};

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

// When input brings esbuild down it prints the state of its whole runtime.
for (const level of ["log", "warn", "error"] as const) console[level] = () => {};

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
    const wasmModule = await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
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
