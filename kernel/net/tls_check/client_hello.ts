import { ByteReader } from "./byte_reader.ts";

/** What of a ClientHello decides how it is answered (RFC 8446 §4.1.2). */
export interface ClientHello {
  /** The whole message, with its header: what the transcript begins with. */
  readonly message: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly ciphers: readonly number[];
  /** The name it asks for, in lower case; undefined where it names none. */
  readonly serverName: string | undefined;
  readonly alpn: readonly string[];
  readonly versions: readonly number[];
  readonly signatures: readonly number[];
  /** Public keys by the number of their group. */
  readonly keyShares: ReadonlyMap<number, Uint8Array>;
}

/** Longest hello that is looked at, bytes with its records: one record's worth. */
const MOST = 5 + 16 * 1024;
const [HANDSHAKE_RECORD, CLIENT_HELLO] = [22, 1];
const EXTENSIONS = { name: 0, signatures: 13, alpn: 16, versions: 43, keyShares: 51 };

/**
 * Finds a ClientHello in the first bytes of a connection, in however many records it comes.
 * @returns `"more"` while it is not whole, `undefined` where there is none
 */
export function findClientHello(bytes: Uint8Array): ClientHello | "more" | undefined {
  try {
    const message = firstMessage(bytes);
    return message instanceof Uint8Array ? parse(message) : message;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function firstMessage(bytes: Uint8Array): Uint8Array | "more" | undefined {
  const parts: number[] = [];
  for (let at = 0;;) {
    if (at > MOST) return undefined;
    if (bytes.length > at && bytes[at] !== HANDSHAKE_RECORD) return undefined;
    if (bytes.length < at + 5) return "more";
    const length = bytes[at + 3]! * 256 + bytes[at + 4]!;
    if (bytes.length < at + 5 + length) return at + 5 + length > MOST ? undefined : "more";
    parts.push(...bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
    if (parts.length > 0 && parts[0] !== CLIENT_HELLO) return undefined;
    if (parts.length < 4) continue;
    const whole = 4 + parts[1]! * 65536 + parts[2]! * 256 + parts[3]!;
    // A hello is the last message of its record.
    if (parts.length >= whole) return parts.length === whole ? new Uint8Array(parts) : undefined;
  }
}

function parse(message: Uint8Array): ClientHello {
  const body = new ByteReader(message.subarray(4));
  body.take(2 + 32);
  const sessionId = body.vector(1).rest();
  const ciphers = numbers(body.vector(2));
  body.vector(1);
  const extensions = new Map<number, Uint8Array>();
  for (const all = body.left > 0 ? body.vector(2) : body; all.left > 0;) {
    extensions.set(all.number(2), all.vector(2).rest());
  }
  const read = <T>(type: number, none: T, how: (of: ByteReader) => T): T => {
    const bytes = extensions.get(type);
    return bytes === undefined ? none : how(new ByteReader(bytes));
  };
  return {
    message,
    sessionId,
    ciphers,
    serverName: read(EXTENSIONS.name, undefined, serverName),
    alpn: read(EXTENSIONS.alpn, [], protocols),
    versions: read(EXTENSIONS.versions, [], (of) => numbers(of.vector(1))),
    signatures: read(EXTENSIONS.signatures, [], (of) => numbers(of.vector(2))),
    keyShares: read(EXTENSIONS.keyShares, new Map(), keyShares),
  };
}

function numbers(of: ByteReader): number[] {
  const all: number[] = [];
  while (of.left > 0) all.push(of.number(2));
  return all;
}

/** The first host name (RFC 6066 §3). */
function serverName(of: ByteReader): string | undefined {
  for (const names = of.vector(2); names.left > 0;) {
    const type = names.number(1);
    const name = names.vector(2).rest();
    if (type === 0) return text(name).toLowerCase();
  }
  return undefined;
}

function protocols(of: ByteReader): string[] {
  const all: string[] = [];
  for (const names = of.vector(2); names.left > 0;) all.push(text(names.vector(1).rest()));
  return all;
}

function keyShares(of: ByteReader): Map<number, Uint8Array> {
  const all = new Map<number, Uint8Array>();
  for (const shares = of.vector(2); shares.left > 0;) {
    all.set(shares.number(2), shares.vector(2).rest());
  }
  return all;
}

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
