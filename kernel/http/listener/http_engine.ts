/** A connection whose requests are being answered. */
export interface ServedConnection {
  /** Resolves when it is closed, however it was; never rejects. */
  readonly finished: Promise<void>;
  /** Closes it at once, whatever it was doing. */
  abort(): void;
  /** Closes it when the requests that are open have been answered. */
  shutdown(): void;
}

/** Speaks HTTP/1.1 and HTTP/2 on single connections. */
export interface HttpEngine {
  serve(
    connection: Deno.Conn,
    handler: (request: Request, info: { readonly completed: Promise<void> }) =>
      | Response
      | Promise<Response>,
    onError: (error: unknown) => Response,
  ): ServedConnection;
}
