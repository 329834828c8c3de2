/** Names that are remembered one by one; a flood of others is remembered as that. */
const MAX_NAMES = 1000;

/** Names that were refused a certificate and may be given one later. */
export class RefusedNames {
  readonly #names = new Set<string | undefined>();
  #flooded = false;

  add(name: string | undefined): void {
    if (this.#names.size >= MAX_NAMES) this.#flooded = true;
    else this.#names.add(name);
  }

  /** Whether any of them is one that `test` means; after a flood nobody knows, and it may be. */
  some(test: (name: string | undefined) => boolean): boolean {
    return this.#flooded || this.#names.values().some(test);
  }

  clear(): void {
    this.#names.clear();
    this.#flooded = false;
  }
}
