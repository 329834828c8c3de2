/** What the node itself takes, with apps that take little, MiB. */
const NODE_MB = 300;
/** What one turn of an app may take before V8 ends it: measured with the default heap, MiB. */
const TURN_MB = 400;
/** A turn as long as this answers nobody; ms. */
const LONG_MS = 50;

/** Places for apps that take much memory, so that all of them together fit into so many MiB. */
export function heavyPlaces(memoryMb: number): number {
  return Math.max(1, Math.floor((memoryMb - NODE_MB) / TURN_MB));
}

/** The part of an isolate that is looked at. */
export interface Eater {
  /** See {@link Isolate.turnMs}. */
  readonly turnMs: number;
  readonly inFlight: number;
  readonly usage: { readonly heapBytes: number; readonly externalBytes: number };
}

/** Who has been in one turn longest, which tells nobody what it takes, if anybody is for long. */
export function longest<T extends Eater>(isolates: readonly T[]): T | undefined {
  return most(isolates.filter(({ turnMs }) => turnMs > LONG_MS), ({ turnMs }) => turnMs);
}

/** Who said that it takes most: of those that are busy, if any is. */
export function largest<T extends Eater>(isolates: readonly T[]): T | undefined {
  const busy = isolates.filter(({ inFlight }) => inFlight > 0);
  return most(
    busy.length > 0 ? busy : isolates,
    ({ usage }) => usage.heapBytes + usage.externalBytes,
  );
}

/** The last of those with the greatest number. */
function most<T>(of: readonly T[], by: (one: T) => number): T | undefined {
  return of.reduce<T | undefined>((a, b) => a === undefined || by(b) >= by(a) ? b : a, undefined);
}
