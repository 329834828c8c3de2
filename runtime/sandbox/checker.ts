import { moduleUrl } from "../../kernel/lib/module_url.ts";
import type { CodeFault } from "../../kernel/proc/mod.ts";
import type { Program } from "./program.ts";
import type { CheckAnswer, CheckQuestion } from "./protocol.ts";

/** What reading one piece of code may take, ms: 1 MiB takes a tenth of it. */
const READ_MS = 2000;
/** Quiet time after which the worker ends, ms. */
const IDLE_MS = 10_000;

type Result = Program | readonly CodeFault[];
type Waiting = PromiseWithResolvers<Result>;

/** Reads code in a worker that starts on demand, has no permission and ends soon after. */
export class Checker {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** The program that code is, or what is wrong with it. */
  read(code: string): Promise<Result> {
    clearTimeout(this.#idle);
    const id = ++this.#lastId;
    const waiting: Waiting = Promise.withResolvers();
    this.#waiting.set(id, waiting);
    const question: CheckQuestion = { id, code, timeout: READ_MS };
    (this.#worker ??= this.#start()).postMessage(question);
    return waiting.promise;
  }

  /** Ends the worker; whoever waits is told that the code could not be read. */
  close(): void {
    clearTimeout(this.#idle);
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, "timeout");
  }

  #start(): Worker {
    const worker = new Worker(moduleUrl("runtime/sandbox/check_worker.ts"), {
      type: "module",
      name: "check",
      deno: { permissions: "none" },
    });
    worker.onmessage = ({ data }: MessageEvent<CheckAnswer>) => {
      this.#settle(data.id, data.result);
      if (this.#waiting.size > 0) return;
      this.#idle = setTimeout(() => this.close(), IDLE_MS);
      Deno.unrefTimer(this.#idle as unknown as number);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.close();
    };
    return worker;
  }

  #settle(id: number, result: CheckAnswer["result"]): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.resolve(
      result === "timeout"
        ? [{ message: "The code takes too long to read", line: 1, column: 1 }]
        : result,
    );
  }
}
