/** Places of the numbers that the kernel and its watchdog share. */
const RESIDENT_KB = 0;
const LIMIT_KB = 1;
const BEAT = 2;
const LAG_MS = 3;

/**
 * What the kernel's thread and the watchdog's tell each other: memory without a message, so that
 * either can read it while the other is stuck.
 */
export class VitalSigns {
  constructor(
    readonly shared: SharedArrayBuffer = new SharedArrayBuffer(16),
    private readonly cells = new Int32Array(shared),
  ) {}

  /** Memory of the process, bytes. */
  get residentBytes(): number {
    return Atomics.load(this.cells, RESIDENT_KB) * 1024;
  }
  set residentBytes(bytes: number) {
    Atomics.store(this.cells, RESIDENT_KB, Math.ceil(bytes / 1024));
  }

  /** Memory the process may have, bytes. */
  get limitBytes(): number {
    return Atomics.load(this.cells, LIMIT_KB) * 1024;
  }
  set limitBytes(bytes: number) {
    Atomics.store(this.cells, LIMIT_KB, Math.floor(bytes / 1024));
  }

  /** How long the kernel's thread has not turned, ms, as the watchdog saw it. */
  get lagMs(): number {
    return Atomics.load(this.cells, LAG_MS);
  }
  set lagMs(ms: number) {
    Atomics.store(this.cells, LAG_MS, Math.round(ms));
  }

  /** Says that the kernel's thread turns. */
  beat(): void {
    Atomics.add(this.cells, BEAT, 1);
  }
  /** How often it has turned. */
  get beats(): number {
    return Atomics.load(this.cells, BEAT);
  }
}
