/** A file in a store. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Where backups lie. Names have no folders in them. A file is in it whole or not at all: what was
 * cut off is never listed.
 */
export interface BackupStore {
  /** For people, such as `/srv/backups`. */
  readonly place: string;
  /** Puts a file of this machine in, which it may take away. Replaces what has the name. */
  put(name: string, file: { readonly path: string }): Promise<void>;
  /** The content; undefined when there is none of the name. */
  get(name: string): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Every file, by name. */
  list(): Promise<StoredFile[]>;
  /** Tells whether there was one. */
  delete(name: string): Promise<boolean>;
}
