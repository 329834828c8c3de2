import { FaztError } from "../lib/fazt_error.ts";
import type { Operation } from "./operation.ts";
import type { WorkerClient } from "./worker_client.ts";

/** Whose a query is: those of one app wait for each other, not for another's. */
export interface QueryOptions {
  /** An app's id; without it the kernel's own. */
  readonly app?: string;
}

/** Options of {@link QueryPool}. */
export interface QueryPoolOptions {
  /** Starts a worker with a connection of its own. */
  readonly open: () => Promise<WorkerClient>;
  /** How many work at once. */
  readonly size: number;
  /** How long one waits for work before it is ended. */
  readonly idleMs: number;
}

/** Queries of one app that may wait; more are refused. */
const MAX_WAITING = 1000;

interface Waiting {
  readonly op: Operation<unknown, unknown>;
  readonly params: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Member {
  readonly client: Promise<WorkerClient>;
  busy: boolean;
  /** Ends it when it has had nothing to do. */
  timer?: ReturnType<typeof setTimeout>;
}

/**
 * A few workers for reads somebody waits for, started when they are needed. Apps take turns, and
 * each has one query running at a time, so that slow ones of one app do not hold up another.
 */
export class QueryPool {
  /** What waits, by app; a map keeps the order in which they take turns. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #running = new Set<string>();
  readonly #members: Member[] = [];
  #closing = false;
  #idle: (() => void)[] = [];

  constructor(private readonly options: QueryPoolOptions) {}

  /** Runs a read in a worker, when it is its app's turn. */
  run<P, R>(op: Operation<P, R>, params: P, { app = "" }: QueryOptions = {}): Promise<R> {
    if (this.#closing) {
      return Promise.reject(new FaztError("BUSY", "Cannot read: the node is shutting down"));
    }
    const queue = this.#waiting.get(app) ?? [];
    if (queue.length >= MAX_WAITING) {
      return Promise.reject(
        new FaztError("BUSY", `Cannot read: ${MAX_WAITING} queries of this app wait already`),
      );
    }
    this.#waiting.set(app, queue);
    return new Promise<R>((resolve, reject) => {
      queue.push({
        op: op as unknown as Operation<unknown, unknown>,
        params,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      this.#next();
    });
  }

  /** Workers that are there, and queries that wait for one. */
  get load(): { readonly workers: number; readonly waiting: number } {
    const waiting = [...this.#waiting.values()].reduce((sum, queue) => sum + queue.length, 0);
    return { workers: this.#members.length, waiting };
  }

  /** Finishes what was asked for, then ends the workers. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#waiting.size > 0 || this.#running.size > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    await Promise.all(this.#members.splice(0).map((member) => end(member)));
  }

  #next(): void {
    for (const [app, queue] of this.#waiting) {
      if (this.#running.has(app)) continue;
      const member = this.#free();
      if (member === undefined) return;
      const waiting = queue.shift()!;
      // Behind every other app, if it wants more.
      this.#waiting.delete(app);
      if (queue.length > 0) this.#waiting.set(app, queue);
      this.#running.add(app);
      this.#work(member, waiting).finally(() => {
        this.#running.delete(app);
        this.#next();
        if (this.#waiting.size > 0 || this.#running.size > 0) return;
        for (const resolve of this.#idle.splice(0)) resolve();
      });
    }
  }

  #free(): Member | undefined {
    const idle = this.#members.find((member) => !member.busy);
    if (idle !== undefined || this.#members.length >= this.options.size) return idle;
    const member: Member = { client: this.options.open(), busy: false };
    this.#members.push(member);
    return member;
  }

  async #work(member: Member, { op, params, resolve, reject }: Waiting): Promise<void> {
    member.busy = true;
    clearTimeout(member.timer);
    try {
      const client = await member.client.catch((error) => {
        // The next query tries again.
        this.#remove(member);
        throw error;
      });
      resolve(await client.run(op, params));
    } catch (error) {
      reject(error);
    }
    member.busy = false;
    member.timer = setTimeout(() => {
      this.#remove(member);
      end(member).catch(() => {});
    }, this.options.idleMs);
    Deno.unrefTimer(member.timer as unknown as number);
  }

  #remove(member: Member): void {
    const at = this.#members.indexOf(member);
    if (at >= 0) this.#members.splice(at, 1);
  }
}

async function end(member: Member): Promise<void> {
  clearTimeout(member.timer);
  await (await member.client.catch(() => undefined))?.close();
}
