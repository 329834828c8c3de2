/** Time over which the processor's load is measured, ms. */
const LOAD_MS = 200;

/**
 * What one isolate has used. It says so itself, and what it says is untrusted: nothing counts that
 * is no finite number, processor time never falls and never outruns the clock.
 */
export class Usage {
  #cpuMs = 0;
  #heapBytes = 0;
  #externalBytes = 0;
  #load = 0;
  #loadAt: number;
  #loadCpuMs = 0;

  /** `since` is when the isolate saw its app, on the clock of `performance.now()`. */
  constructor(private readonly since: number) {
    this.#loadAt = since;
  }

  /** Processor time, ms. */
  get cpuMs(): number {
    return this.#cpuMs;
  }

  /** JavaScript heap in use when it last told, bytes. */
  get heapBytes(): number {
    return this.#heapBytes;
  }

  /** Memory outside the heap, such as array buffers, when it last told, bytes. */
  get externalBytes(): number {
    return this.#externalBytes;
  }

  /** Part of one core it used lately, 0 to 1. */
  get load(): number {
    return this.#load;
  }

  /** Takes what an isolate says of itself; returns the processor time since it last did, ms. */
  take(said: unknown, now: number): number {
    const [cpuMicros, heap, external] = Array.isArray(said) ? said as unknown[] : [];
    this.#heapBytes = bytes(heap);
    this.#externalBytes = bytes(external);
    return this.#count(bytes(cpuMicros) / 1000, now);
  }

  /** Counts the time of a thread that was too busy to tell. */
  charge(ms: number, now: number): void {
    this.#count(this.#cpuMs + Math.max(0, ms), now);
  }

  #count(cpuMs: number, now: number): number {
    const before = this.#cpuMs;
    this.#cpuMs = Math.max(before, Math.min(cpuMs, now - this.since));
    if (now - this.#loadAt >= LOAD_MS) {
      this.#load = (this.#cpuMs - this.#loadCpuMs) / (now - this.#loadAt);
      this.#loadAt = now;
      this.#loadCpuMs = this.#cpuMs;
    }
    return this.#cpuMs - before;
  }
}

const bytes = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
