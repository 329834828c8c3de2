/**
 * A map limited by the bytes of its values, not by their number. What goes first is what was not asked
 * for since it came or was last passed over (second chance): nearly the least recently used, without
 * moving anything when something is read.
 */
export class ByteLru<V> {
  readonly #entries = new Map<string, { value: V; bytes: number; wasUsed: boolean }>();
  #used = 0;

  constructor(private limit: number) {}

  /** Bytes held now. */
  get used(): number {
    return this.#used;
  }

  /** Entries held now. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value, which now stays longer. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.wasUsed = true;
    return entry.value;
  }

  /** Keeps a value of `bytes` bytes; one larger than the whole limit is not kept. */
  set(key: string, value: V, bytes: number): void {
    this.delete(key);
    if (bytes > this.limit) return;
    this.#evict(this.limit - bytes);
    this.#entries.set(key, { value, bytes, wasUsed: false });
    this.#used += bytes;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#used -= entry.bytes;
  }

  clear(): void {
    this.#entries.clear();
    this.#used = 0;
  }

  /** Changes the limit, evicting at once what no longer fits. */
  resize(limit: number): void {
    this.limit = limit;
    this.#evict(limit);
  }

  #evict(most: number): void {
    for (const [key, entry] of this.#entries) {
      if (this.#used <= most) return;
      this.#entries.delete(key);
      if (entry.wasUsed) {
        entry.wasUsed = false;
        this.#entries.set(key, entry);
      } else this.#used -= entry.bytes;
    }
  }
}
