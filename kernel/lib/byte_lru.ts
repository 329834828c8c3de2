/** A least-recently-used map limited by the bytes of its values, not by their number. */
export class ByteLru<V> {
  readonly #entries = new Map<string, { value: V; bytes: number }>();
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

  /** The value, now the most recently used. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Keeps a value of `bytes` bytes; one larger than the whole limit is not kept. */
  set(key: string, value: V, bytes: number): void {
    this.delete(key);
    if (bytes > this.limit) return;
    this.#entries.set(key, { value, bytes });
    this.#used += bytes;
    this.#evict();
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
    this.#evict();
  }

  #evict(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#used <= this.limit) return;
      this.#entries.delete(key);
      this.#used -= entry.bytes;
    }
  }
}
