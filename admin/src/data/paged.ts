import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asError } from "./action.ts";
import { type ApiError, call } from "./api.ts";
import { withQuery } from "../lib/route.ts";

/** A list that is read a page at a time. */
export interface Paged<T> {
  readonly items: readonly T[] | undefined;
  readonly error: ApiError | undefined;
  readonly busy: boolean;
  /** Whether there is more. */
  readonly more: boolean;
  next(): Promise<void>;
  /** Reads from the beginning again. */
  refresh(): Promise<void>;
}

/** What a page of an answer is: its rows and what to send for the next ones. */
export interface Part<T> {
  readonly items: readonly T[];
  readonly next: Readonly<Record<string, string | number>> | undefined;
}

/**
 * Reads the list at an address page by page.
 * @param take gets `data` and `meta` of an answer
 */
export function usePaged<T>(
  path: string,
  take: (data: unknown, meta: unknown) => Part<T>,
): Paged<T> {
  const items = useSignal<readonly T[] | undefined>(undefined);
  const error = useSignal<ApiError | undefined>(undefined);
  const busy = useSignal(false);
  const next = useSignal<Part<T>["next"]>(undefined);
  const asked = useRef(0);
  const load = async (from: Part<T>["next"], before: readonly T[]) => {
    const mine = ++asked.current;
    busy.value = true;
    try {
      let meta: unknown;
      const data = await call("GET", from === undefined ? path : joined(path, from), {
        onMeta: (found) => meta = found,
      });
      if (mine !== asked.current) return;
      const part = take(data, meta);
      items.value = [...before, ...part.items];
      next.value = part.next;
      error.value = undefined;
    } catch (thrown) {
      if (mine === asked.current) error.value = asError(thrown);
    } finally {
      if (mine === asked.current) busy.value = false;
    }
  };
  useEffect(() => {
    items.value = undefined;
    void load(undefined, []);
    return () => {
      asked.current++;
    };
  }, [path]);
  return {
    get items() {
      return items.value;
    },
    get error() {
      return error.value;
    },
    get busy() {
      return busy.value;
    },
    get more() {
      return next.value !== undefined;
    },
    next: () => load(next.value, items.value ?? []),
    refresh: () => load(undefined, []),
  };
}

function joined(path: string, more: Readonly<Record<string, string | number>>): string {
  const [before = "", query = ""] = path.split("?");
  return withQuery(before, { ...Object.fromEntries(new URLSearchParams(query)), ...more });
}
