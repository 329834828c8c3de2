/** Time for which one isolate fewer must have been enough before one goes, ms; never longer than
 * the time until hibernation. */
const CALM_MS = 10_000;
/** Part of a core, and of its places, up to which an isolate counts as having room. */
const ROOM = 0.6;

/** The part of an isolate that is looked at. */
export interface Occupied {
  readonly inFlight: number;
  readonly usage: { readonly load: number };
  readonly app: { readonly limits: { readonly concurrency: number } };
}

/** Tells when an app has an isolate that it has not needed for a while. */
export class Surplus {
  #calmSince: number | undefined;

  /** Looks at an app's open isolates; true when the last of them should go. */
  look(
    isolates: readonly Occupied[],
    { now, calmMs }: { readonly now: number; readonly calmMs: number },
  ): boolean {
    const fewer = isolates.length - 1;
    const load = isolates.reduce((sum, { usage }) => sum + usage.load, 0);
    const calls = isolates.reduce((sum, { inFlight }) => sum + inFlight, 0);
    const places = fewer * (isolates[0]?.app.limits.concurrency ?? 0);
    if (fewer < 1 || load > fewer * ROOM || calls > places * ROOM) {
      this.#calmSince = undefined;
      return false;
    }
    this.#calmSince ??= now;
    if (now - this.#calmSince < Math.min(CALM_MS, calmMs)) return false;
    this.#calmSince = undefined;
    return true;
  }
}
