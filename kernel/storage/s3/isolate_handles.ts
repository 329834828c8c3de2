import { FaztError } from "../../lib/fazt_error.ts";
import type { Caller } from "../../syscall/mod.ts";

/** Open streams of one isolate at once. */
const MAX_OPEN = 64;

/** Something open on behalf of an isolate. */
interface Handle<T> {
  readonly value: T;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * What isolates have open, under numbers that mean something only to the isolate that opened it.
 * It ends with the isolate, or when nothing was asked of it for a while.
 */
export class IsolateHandles<T> {
  readonly #open = new WeakMap<AbortSignal, Map<number, Handle<T>>>();
  #last = 0;

  constructor(
    private readonly options: {
      /** Ends what nobody will ask for again. */
      readonly drop: (value: T) => void;
      readonly idleMs: number;
    },
  ) {}

  /** @throws {FaztError} `BUSY` when the isolate has too many open. */
  add(caller: Caller, value: T): number {
    const mine = this.#of(caller);
    if (mine.size >= MAX_OPEN) {
      this.options.drop(value);
      throw new FaztError("BUSY", `Cannot open: ${MAX_OPEN} objects are open`, {
        hint: "read or cancel the bodies of objects",
        details: { limit: "open objects", used: mine.size, max: MAX_OPEN },
      });
    }
    const id = ++this.#last;
    mine.set(id, { value, timer: this.#timer(mine, id) });
    return id;
  }

  /** @throws {FaztError} `CONFLICT` when it has ended. */
  get(caller: Caller, id: number): T {
    const mine = this.#of(caller);
    const handle = mine.get(id);
    if (handle === undefined) {
      throw new FaztError("CONFLICT", "Cannot go on: the object was closed", {
        hint: "it ends when it fails, or when nothing was done with it for a while",
      });
    }
    clearTimeout(handle.timer);
    handle.timer = this.#timer(mine, id);
    return handle.value;
  }

  /** Forgets a handle, which its caller ends; undefined when it has ended. */
  take(caller: Caller, id: number): T | undefined {
    const mine = this.#of(caller);
    const handle = mine.get(id);
    clearTimeout(handle?.timer);
    mine.delete(id);
    return handle?.value;
  }

  #timer(mine: Map<number, Handle<T>>, id: number) {
    const timer = setTimeout(() => {
      const handle = mine.get(id);
      mine.delete(id);
      if (handle) this.options.drop(handle.value);
    }, this.options.idleMs);
    Deno.unrefTimer(timer);
    return timer;
  }

  #of(caller: Caller): Map<number, Handle<T>> {
    const ended = caller.isolate?.ended;
    if (ended === undefined) throw new FaztError("INVALID", "Cannot stream: no isolate asks");
    const known = this.#open.get(ended);
    if (known !== undefined) return known;
    const mine = new Map<number, Handle<T>>();
    this.#open.set(ended, mine);
    ended.addEventListener("abort", () => {
      for (const { value, timer } of mine.values()) {
        clearTimeout(timer);
        this.options.drop(value);
      }
      mine.clear();
    });
    return mine;
  }
}
