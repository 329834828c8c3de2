/** Time as integer Unix milliseconds; injectable so that tests are exact. */
export type Clock = () => number;

/** The machine's clock. */
export const systemClock: Clock = () => Date.now();
