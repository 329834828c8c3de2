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

/**
 * All of an `AbortSignal` that Deno uses. Its own would report what the listener throws, when the
 * connection ended a moment before, as an error nobody caught, which ends the process.
 */
interface Signal {
  readonly aborted: false;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(): void;
}

/** The engine inside Deno; undefined where this Deno does not have it in the shape it has in 2.9. */
export function internalEngine(): HttpEngine | undefined {
  const all = Deno as unknown as Record<PropertyKey, unknown>;
  const internals = all[all.internal as symbol] as Internals | undefined;
  const { serveHttpOnConnection } = internals ?? {};
  if (typeof serveHttpOnConnection !== "function") return undefined;
  return {
    serve(connection, handler, onError): ServedConnection {
      let cancel = () => {};
      const signal: Signal = {
        aborted: false,
        addEventListener: (_, listener) => cancel = listener,
        removeEventListener: () => {},
      };
      const served = serveHttpOnConnection(connection, signal, handler, onError, () => {});
      // A peer that goes away in the middle is an error to Deno, and to nobody else.
      return {
        finished: served.finished.catch(() => {}),
        abort() {
          try {
            cancel();
          } catch { /* it has ended */ }
        },
        shutdown: () => void served.shutdown().catch(() => {}),
      };
    },
  };
}
