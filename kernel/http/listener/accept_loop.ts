/** Wait before the next connection is taken after the machine could not give one, ms. */
const AGAIN_MS = 50;

/** Connections that are taken before the event loop gets its turn. */
const AT_ONCE = 16;

/** What {@link acceptLoop} tells. */
export interface AcceptEvents<C> {
  readonly onConnection: (connection: C) => void;
  /** The machine could not give a connection, such as for want of files. The loop goes on. */
  readonly onError: (error: unknown) => void;
}

/** Takes connections until the listener is closed. */
export async function acceptLoop<C extends Deno.Conn>(
  listener: { accept(): Promise<C> },
  { onConnection, onError }: AcceptEvents<C>,
): Promise<void> {
  for (let n = 1;; n++) {
    // A burst of newcomers does not hold up who is there.
    if (n % AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    let connection: C;
    try {
      connection = await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource) return;
      // Who went away before it was taken is nothing to wait for.
      if (error instanceof Deno.errors.ConnectionReset) continue;
      if (error instanceof Deno.errors.ConnectionAborted) continue;
      onError(error);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      continue;
    }
    onConnection(connection);
  }
}
