/** A connection as far as it is relayed. */
export type Relayed = Pick<Deno.Conn, "read" | "write" | "close"> & {
  closeWrite?(): Promise<void>;
};

const BUFFER_BYTES = 64 * 1024;

/** Carries bytes both ways until the server's side has ended, or either breaks; then closes both. */
export async function relay(client: Relayed, server: Relayed): Promise<void> {
  void carry(client, server);
  await carry(server, client);
  letGo(client);
  letGo(server);
}

async function carry(from: Relayed, to: Relayed): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) break;
      let sent = 0;
      // One read is one write, so that head and body of an answer leave together.
      while (sent < count) sent += await to.write(buffer.subarray(sent, count));
    }
    await to.closeWrite?.();
  } catch {
    // Who is gone takes nothing and sends nothing any more.
    letGo(from);
    letGo(to);
  }
}

/** Closes what may be closed already. */
export function letGo(connection: { close(): void }): void {
  try {
    connection.close();
  } catch { /* it is */ }
}
