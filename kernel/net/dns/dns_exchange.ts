import { dnsUpdateError } from "./dns_error.ts";

const TIMEOUT_MS = 10_000;

/** Sends one DNS message over TCP (RFC 1035 §4.2.2) and reads one. */
export async function dnsExchange(
  message: Uint8Array,
  { hostname, port, signal }: {
    readonly hostname: string;
    readonly port: number;
    readonly signal: AbortSignal;
  },
): Promise<Uint8Array> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  let connection: Deno.TcpConn | undefined;
  const close = () => {
    try {
      connection?.close();
    } catch { /* it is closed */ }
  };
  ended.addEventListener("abort", close, { once: true });
  try {
    connection = await Deno.connect({ hostname, port, signal: ended });
    const framed = new Uint8Array(message.length + 2);
    framed.set([message.length >> 8, message.length & 255]);
    framed.set(message, 2);
    for (let sent = 0; sent < framed.length;) {
      sent += await connection.write(framed.subarray(sent));
    }
    const [high, low] = await readExactly(connection, 2);
    return await readExactly(connection, high! << 8 | low!);
  } catch (cause) {
    throw dnsUpdateError(`${hostname}:${port} does not answer`, { cause });
  } finally {
    ended.removeEventListener("abort", close);
    close();
  }
}

async function readExactly(connection: Deno.TcpConn, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let have = 0; have < length;) {
    const n = await connection.read(bytes.subarray(have));
    if (n === null) throw new Error("the connection ended early");
    have += n;
  }
  return bytes;
}
