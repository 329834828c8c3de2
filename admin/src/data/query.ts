import { type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, call } from "./api.ts";

/** What is known of one address of the API. Reading a field subscribes the component. */
export interface Query<T> {
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  /** Asks again; resolves when the answer is there. */
  refresh(): Promise<void>;
  /** Shows something else until the next answer; gives how to take that back. */
  set(change: (now: T) => T): () => void;
}

interface Entry {
  readonly data: Signal<unknown>;
  readonly error: Signal<ApiError | undefined>;
  readonly loading: Signal<boolean>;
  users: number;
  at: number;
  running: Promise<void> | undefined;
  /** Grows with every optimistic change: an answer asked for before it is older than it. */
  changes: number;
  failures: number;
}

const entries = new Map<string, Entry>();
/** Entries nobody looks at that are kept, so that going back shows something at once. */
const KEPT = 60;
/** Retries of what failed in passing, ms. */
const RETRY_MS = [1000, 3000, 8000, 15_000];

/**
 * What the API answers at `path`: from memory at once, then fresh. `undefined` asks nothing.
 * @param options.every milliseconds between two looks while the page is visible
 */
export function useQuery<T>(
  path: string | undefined,
  { every }: { readonly every?: number } = {},
): Query<T> {
  const entry = path === undefined ? NOTHING : entryOf(path);
  useEffect(() => {
    if (path === undefined) return;
    entry.users++;
    void load(path, entry);
    const look = () => {
      if (document.visibilityState === "visible") void load(path, entry);
    };
    const timer = every === undefined ? undefined : setInterval(look, every);
    document.addEventListener("visibilitychange", look);
    return () => {
      entry.users--;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [path, every]);
  return {
    get data() {
      return entry.data.value as T | undefined;
    },
    get error() {
      return entry.error.value;
    },
    get loading() {
      return entry.loading.value;
    },
    refresh: () => path === undefined ? Promise.resolve() : reload(path, entry),
    set: (change) => {
      const before = entry.data.value;
      if (before === undefined) return () => {};
      entry.changes++;
      entry.data.value = change(before as T);
      return () => {
        entry.changes++;
        entry.data.value = before;
      };
    },
  };
}

/** Asks again for everything that is looked at and begins with one of these; the rest is forgotten. */
export async function invalidate(...prefixes: readonly string[]): Promise<void> {
  const work: Promise<void>[] = [];
  for (const [path, entry] of entries) {
    if (!prefixes.some((prefix) => path.startsWith(prefix))) continue;
    if (entry.users > 0) work.push(reload(path, entry));
    else entries.delete(path);
  }
  await Promise.all(work);
}

/** Forgets everything: another person may look now. */
export function forgetAll(): void {
  for (const [path, entry] of entries) {
    entry.data.value = undefined;
    entry.error.value = undefined;
    if (entry.users === 0) entries.delete(path);
  }
}

/** Asks again for everything that is looked at, as after a sign-in. */
export function reloadAll(): void {
  for (const [path, entry] of entries) if (entry.users > 0) void reload(path, entry);
}

const NOTHING = newEntry();

function newEntry(): Entry {
  return {
    data: signal<unknown>(undefined),
    error: signal<ApiError | undefined>(undefined),
    loading: signal(false),
    users: 0,
    at: 0,
    running: undefined,
    changes: 0,
    failures: 0,
  };
}

function entryOf(path: string): Entry {
  let entry = entries.get(path);
  if (entry === undefined) {
    entry = newEntry();
    entries.set(path, entry);
    if (entries.size > KEPT) {
      const old = [...entries].find(([, { users }]) => users === 0);
      if (old !== undefined && old[1] !== entry) entries.delete(old[0]);
    }
  }
  return entry;
}

async function reload(path: string, entry: Entry): Promise<void> {
  await entry.running;
  await load(path, entry);
}

function load(path: string, entry: Entry): Promise<void> {
  entry.running ??= ask(path, entry).finally(() => entry.running = undefined);
  return entry.running;
}

async function ask(path: string, entry: Entry): Promise<void> {
  entry.loading.value = true;
  const { changes } = entry;
  try {
    const data = await call("GET", path);
    if (changes === entry.changes) entry.data.value = data;
    entry.error.value = undefined;
    entry.failures = 0;
    entry.at = Date.now();
  } catch (thrown) {
    const error = thrown instanceof ApiError
      ? thrown
      : new ApiError(0, "FAULT", "The dashboard could not ask", String(thrown));
    entry.error.value = error;
    const wait = RETRY_MS[entry.failures++];
    if (error.passing && wait !== undefined && entry.users > 0) {
      setTimeout(() => entry.users > 0 && void load(path, entry), wait);
    }
  } finally {
    entry.loading.value = false;
  }
}
