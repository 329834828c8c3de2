import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { toast } from "../ui/toast.tsx";
import { ApiError } from "./api.ts";

/** Something a person can do, with what became of it. */
export interface Action<A extends readonly unknown[], R> {
  /** Does it, once at a time; undefined where it failed or was under way already. */
  run(...args: A): Promise<R | undefined>;
  readonly busy: boolean;
  readonly error: ApiError | undefined;
  clear(): void;
}

/**
 * Wraps a change: it runs once at a time and its failure is kept in `error`.
 * @param options.done what a toast says when it worked
 * @param options.quiet leave failures to who reads `error`; by default a toast says them too
 */
export function useAction<A extends readonly unknown[], R>(
  work: (...args: A) => Promise<R>,
  { done, quiet = false }: {
    readonly done?: string | ((result: R) => string);
    readonly quiet?: boolean;
  } = {},
): Action<A, R> {
  const busy = useSignal(false);
  const error = useSignal<ApiError | undefined>(undefined);
  const alive = useRef(true);
  useEffect(() => () => {
    alive.current = false;
  }, []);
  return {
    async run(...args) {
      if (busy.peek()) return undefined;
      busy.value = true;
      error.value = undefined;
      try {
        const result = await work(...args);
        if (done !== undefined) toast(typeof done === "string" ? done : done(result));
        return result;
      } catch (thrown) {
        const failure = asError(thrown);
        error.value = failure;
        if (!quiet || !alive.current) {
          toast(failure.message, { kind: "bad", ...(failure.hint ? { more: failure.hint } : {}) });
        }
        return undefined;
      } finally {
        busy.value = false;
      }
    },
    get busy() {
      return busy.value;
    },
    get error() {
      return error.value;
    },
    clear() {
      error.value = undefined;
    },
  };
}

/** Whatever was thrown, as what the dashboard shows. */
export function asError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ApiError(0, "FAULT", message);
}
