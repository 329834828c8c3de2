import type { RunnableApp } from "../../../kernel/proc/mod.ts";
import { CellRunner, type CellRunnerOptions, type LogLine } from "../mod.ts";

/** A runner with what it told its surroundings. */
export interface Bench {
  readonly runner: CellRunner;
  readonly logs: LogLine[];
  /** What the watchdog holds. */
  readonly watch: MessagePort[];
}

/** One runner for each test; isolates cost a second, so tests share as many as they can. */
export async function withRunner(
  body: (bench: Bench) => Promise<void>,
  change: Partial<CellRunnerOptions> = {},
): Promise<void> {
  const logs: LogLine[] = [];
  const watch: MessagePort[] = [];
  const runner = new CellRunner({
    syscall: (caller, name, input) =>
      name === "slow" ? new Promise(() => {}) : JSON.stringify({ app: caller.appId, name, input }),
    log: (line) => logs.push(line),
    idleMs: () => 60_000,
    spares: () => 1,
    isolates: () => 16,
    heapMb: () => 32,
    memoryMb: () => 4096,
    adopt: (port) => watch.push(port),
    ...change,
  });
  try {
    await body({ runner, logs, watch });
  } finally {
    await runner.close();
  }
}

let apps = 0;

/** A new app of this code, with limits of its own. */
export function app(code: string, change: Partial<RunnableApp["limits"]> = {}): RunnableApp {
  return {
    id: `app_${++apps}`,
    name: "tested",
    version: "1.2.3",
    url: "http://tested.localhost",
    revision: 1,
    generation: "1",
    grants: ["storage:kv"],
    env: { COLOR: "red" },
    limits: {
      timeMs: 2000,
      heapMb: 32,
      concurrency: 10,
      isolates: 1,
      bodyMs: 10_000,
      consoleBytes: 2000,
      syscallsInFlight: 5,
      syscallsPerSecond: 1000,
      ...change,
    },
    bodyBytes: () => 1000,
    module: () => code,
    sourceMap: () => undefined,
  };
}

/** A bundle whose main module exports this expression as its default. */
export const modern = (handler: string): string =>
  `(async function () { "use strict"; const main = { default: ${handler} };
    return { style: "esm", main, handlers: {}, styles: {} }; })`;

/** A bundle whose main module is this expression in `module.exports`. */
export const classic = (handler: string): string =>
  `(async function () { return { style: "cjs", main: ${handler}, handlers: {}, styles: {} }; })`;

/** Sends an app a request. */
export function call(
  bench: Bench,
  target: RunnableApp,
  init?: RequestInit & { path?: string },
): Promise<Response> {
  return bench.runner.handle(
    target,
    new Request(`http://tested.localhost${init?.path ?? "/api"}`, init),
    { requestId: "req_1", trigger: "http", userId: undefined },
  );
}

/** Status and code of a failure. */
export async function code(response: Response): Promise<string> {
  return `${response.status} ${(await response.json()).error.code}`;
}

/** Waits for a condition, not for time. */
export async function until(condition: () => boolean, ms = 10_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("the condition never came true");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
