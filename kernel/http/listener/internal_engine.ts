import type { HttpEngine, ServedConnection } from "./http_engine.ts";

/** The parts of Deno that serve single connections. They are not documented: see the self-test. */
interface Internals {
  readonly serveHttpOnConnection?: (
    connection: Deno.Conn,
    signal: Signal,
    handler: Parameters<HttpEngine["serve"]>[1],
    onError: (error: unknown) => Response,
    onListen: () => void,
  ) => { readonly finished: Promise<void>; shutdown(): Promise<void> };
}

/** The engine inside Deno; undefined where this Deno does not have it in the shape it has in 2.9. */
export function internalEngine(): HttpEngine | undefined {
  const all = Deno as unknown as Record<PropertyKey, unknown>;
  const internals = all[all.internal as symbol] as Internals | undefined;
  const { serveHttpOnConnection } = internals ?? {};
  if (typeof serveHttpOnConnection !== "function") return undefined;
  return {
    serve(connection, handler, onError) {
      const signal = new Signal();
      const served = serveHttpOnConnection(connection, signal, handler, onError, nothing);
      return new Served(served, signal);
    },
  };
}

/**
 * All of an `AbortSignal` that Deno uses. Its own would report what the listener throws, when the
 * connection ended a moment before, as an error nobody caught, which ends the process.
 */
class Signal {
  readonly aborted = false;
  abort = nothing;

  addEventListener(_: "abort", listener: () => void): void {
    this.abort = listener;
  }

  removeEventListener(): void {}
}

/** One object and one promise for each connection: there may be thousands that say nothing. */
class Served implements ServedConnection {
  readonly finished: Promise<void>;

  constructor(
    private readonly served: { readonly finished: Promise<void>; shutdown(): Promise<void> },
    private readonly signal: Signal,
  ) {
    // A peer that goes away in the middle is an error to Deno, and to nobody else.
    this.finished = served.finished.catch(nothing);
  }

  abort(): void {
    try {
      this.signal.abort();
    } catch { /* it has ended */ }
  }

  shutdown(): void {
    this.served.shutdown().catch(nothing);
  }
}

function nothing(): void {}
