import { FaztError } from "../lib/fazt_error.ts";
import { moduleUrl } from "../lib/module_url.ts";
import { TaskWorker } from "../lib/task_worker.ts";
import type { Expected, MadePasskey, UsedPasskey } from "./passkey_tasks.ts";

/** Checks that wait for one another; past it whoever comes is sent away. */
const MAX_WAITING = 16;
/** Time without work after which the worker's memory is given back, ms. */
const IDLE_MS = 60_000;

/** Hashes and checks passwords. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(password: string, hash: string): Promise<boolean>;
}

/** Checks what browsers answer about passkeys: undefined for whatever is not right. */
export interface PasskeyChecker {
  register(response: unknown, expected: Expected): Promise<MadePasskey | undefined>;
  use(
    response: unknown,
    expected: Expected,
    passkey: Pick<MadePasskey, "id" | "publicKey" | "counter">,
  ): Promise<UsedPasskey | undefined>;
}

/**
 * Does what takes long off the kernel's thread, one thing at a time, in a worker that is there
 * while it is needed.
 */
export class ProofWorker implements PasswordHasher, PasskeyChecker {
  #worker: TaskWorker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  hash(password: string): Promise<string> {
    return this.#run("password.hash", { password });
  }

  verify(password: string, hash: string): Promise<boolean> {
    return this.#run("password.verify", { password, hash });
  }

  register(response: unknown, expected: Expected): Promise<MadePasskey | undefined> {
    return this.#run("passkey.register", { response, expected });
  }

  use(
    response: unknown,
    expected: Expected,
    passkey: Pick<MadePasskey, "id" | "publicKey" | "counter">,
  ): Promise<UsedPasskey | undefined> {
    return this.#run("passkey.verify", { response, expected, passkey });
  }

  /** Ends the worker. */
  close(): void {
    clearTimeout(this.#idle);
    this.#worker?.close();
    this.#worker = undefined;
  }

  async #run<R>(name: string, params: unknown): Promise<R> {
    if (this.#waiting >= MAX_WAITING) {
      throw new FaztError("BUSY", "Cannot check this now: too many sign-ins are being checked", {
        hint: "try again in a moment",
      });
    }
    this.#waiting++;
    clearTimeout(this.#idle);
    const turn = this.#last.then(() => {
      this.#worker ??= new TaskWorker(moduleUrl("kernel/security/worker.ts"));
      return this.#worker.run<R>(name, params);
    });
    this.#last = turn.catch(() => {
      // It may have ended with its work; the next one gets another.
      this.#worker?.close();
      this.#worker = undefined;
    });
    try {
      return await turn;
    } finally {
      if (--this.#waiting === 0) {
        this.#idle = setTimeout(() => this.close(), IDLE_MS);
        Deno.unrefTimer(this.#idle);
      }
    }
  }
}
