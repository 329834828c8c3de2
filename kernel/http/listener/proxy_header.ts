/** Who a proxy says its client is (PROXY protocol 1 and 2). */
export type ProxyHeader =
  /** The proxy speaks for itself, as its health checks do. */
  | { readonly kind: "local" }
  | { readonly kind: "client"; readonly address: Deno.NetAddr };

/** Reads as many bytes as it is asked for, no more; rejects at the end of the stream. */
export type ReadExactly = (bytes: number) => Promise<Uint8Array>;

const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];
/** Longest first version, and the most of a second one that is read. */
const MAX_V1 = 107;
const MAX_V2 = 2048;

/**
 * Takes the header from the beginning of a connection, whatever follows stays unread.
 * @throws {Error} where there is none, or it is broken
 */
export async function readProxyHeader(read: ReadExactly): Promise<ProxyHeader> {
  const start = await read(12);
  if (start.every((byte, i) => byte === SIGNATURE[i])) return await versionTwo(read);
  return await versionOne(start, read);
}

async function versionTwo(read: ReadExactly): Promise<ProxyHeader> {
  const [command, family, high, low] = await read(4);
  const length = high! * 256 + low!;
  if (command! >> 4 !== 2 || length > MAX_V2) throw broken();
  const body = length === 0 ? new Uint8Array() : await read(length);
  if ((command! & 15) === 0) return { kind: "local" };
  if ((command! & 15) !== 1) throw broken();
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  // TCP over IPv4 and over IPv6; anything else is the proxy's own affair.
  if (family === 0x11 && length >= 12) {
    const hostname = [...body.subarray(0, 4)].join(".");
    return client(hostname, view.getUint16(8));
  }
  if (family === 0x21 && length >= 36) {
    const parts = Array.from({ length: 8 }, (_, i) => view.getUint16(i * 2).toString(16));
    return client(parts.join(":"), view.getUint16(32));
  }
  return { kind: "local" };
}

async function versionOne(start: Uint8Array, read: ReadExactly): Promise<ProxyHeader> {
  let text = String.fromCharCode(...start);
  if (!text.startsWith("PROXY ")) throw broken();
  while (!text.endsWith("\r\n")) {
    if (text.length >= MAX_V1) throw broken();
    text += String.fromCharCode(...await read(1));
  }
  const [, family, from, , port] = text.trimEnd().split(" ");
  if (family === "UNKNOWN") return { kind: "local" };
  const isFour = family === "TCP4" && /^(?:\d{1,3}\.){3}\d{1,3}$/.test(from ?? "");
  const isSix = family === "TCP6" && /^[0-9a-f:.]{2,45}$/i.test(from ?? "");
  if (!(isFour || isSix) || !/^\d{1,5}$/.test(port ?? "")) throw broken();
  return client(from!, Number(port));
}

const client = (hostname: string, port: number): ProxyHeader => ({
  kind: "client",
  address: { transport: "tcp", hostname, port },
});

const broken = () => new Error("the connection does not begin with a PROXY header");
