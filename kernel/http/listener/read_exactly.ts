/** Reads so many bytes from a connection, no more; rejects where it ends before. */
export async function readExactly(connection: Deno.Conn, bytes: number): Promise<Uint8Array> {
  const all = new Uint8Array(bytes);
  let have = 0;
  while (have < bytes) {
    const count = await connection.read(all.subarray(have));
    if (count === null) throw new Error("the connection ended");
    have += count;
  }
  return all;
}
