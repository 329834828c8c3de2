/** What bounds a change, from the settings (`limits.storage.*`). */
export interface DsLimits {
  readonly collections: number;
  readonly perCollection: number;
  readonly documentMb: number;
  readonly appMb: number;
  /** Open shards of the app. */
  readonly shards: number;
}

/** The most documents of one `find`. */
export const MAX_LIMIT = 1000;
/** Documents of a `find` that does not say. */
export const DEFAULT_LIMIT = 100;
/** The most documents a `find` skips. */
export const MAX_SKIP = 1_000_000;
/** Documents of one `insert`. */
export const MAX_INSERT = 1000;
/** Bytes of one answer, as JSON. */
export const MAX_ANSWER = 16 * 1024 * 1024;
/** Indexes of a collection. */
export const MAX_INDEXES = 16;
/** How many of them the node makes by itself. */
export const MAX_AUTOMATIC = 8;
