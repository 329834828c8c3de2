/** How often an app is suspected to have ended the node, and when it was last, Unix ms. */
export interface Strike {
  readonly count: number;
  readonly at: number;
}

/** Strikes by app. */
export type Strikes = Readonly<Record<string, Strike>>;

/** What the watchdog keeps beside the database while a node runs. */
export interface RunningRecord {
  /** Apps with code inside a turn. */
  readonly running: readonly string[];
  /** Apps whose code ran or was loaded a moment ago. */
  readonly recent: readonly string[];
  readonly strikes: Strikes;
}

/** Strikes further apart than this have nothing to do with each other, beside the pause, ms. */
const APART_MS = 600_000;
/** The first pause and the longest, ms. */
const FIRST_PAUSE_MS = 60_000;
const MAX_PAUSE_MS = 3_600_000;
/** Apps that are remembered. */
const MAX_APPS = 1000;

/** How long an app with so many strikes is paused, ms: one is what any crash leaves behind. */
export function pauseMs(count: number): number {
  return count < 2 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 5 ** (count - 2));
}

/**
 * The strikes after a node ended without a word: one more for who was inside a turn, or for who ran
 * a moment before if nobody was. What is too long ago is forgotten.
 */
export function strikesAfter({ running, recent, strikes }: RunningRecord, now: number): Strikes {
  const suspects = new Set(running.length > 0 ? running : recent);
  const kept = Object.entries(strikes).filter(([, { count, at }]) =>
    now - at <= APART_MS + pauseMs(count)
  );
  const after = new Map<string, Strike>(kept);
  for (const id of suspects) after.set(id, { count: (after.get(id)?.count ?? 0) + 1, at: now });
  return Object.fromEntries([...after].slice(-MAX_APPS));
}

/** Where the record of a database is. */
export const runningPath = (dbPath: string): string => `${dbPath}-running`;

/** What a node that ended without a word left; undefined when it stopped as it should. */
export function readRunning(path: string): RunningRecord | undefined {
  try {
    return parseRunning(Deno.readTextFileSync(path));
  } catch {
    return undefined;
  }
}

/**
 * Reads a record. One line counts: behind it may stand what is left of a longer one.
 * A record that cannot be read accuses nobody.
 */
export function parseRunning(text: string): RunningRecord | undefined {
  try {
    const { running, recent, strikes } = JSON.parse(text.split("\n", 1)[0]!);
    return { running: ids(running), recent: ids(recent), strikes: strikesOf(strikes) };
  } catch {
    return undefined;
  }
}

const ids = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((id) => typeof id === "string").slice(0, MAX_APPS) : [];

function strikesOf(value: unknown): Strikes {
  const all = Object.entries((value ?? {}) as Record<string, Partial<Strike>>);
  return Object.fromEntries(
    all.flatMap(([id, { count, at }]) =>
      Number.isInteger(count) && typeof at === "number" ? [[id, { count: count!, at }]] : []
    ),
  );
}
