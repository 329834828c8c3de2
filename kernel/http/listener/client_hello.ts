/** What the first message of a TLS connection says (RFC 8446 §4.1.2). */
export interface ClientHello {
  readonly alpn: readonly string[];
}

/** The most of a first message that is looked at, bytes; browsers send below 2,000. */
export const HELLO_BYTES = 16_384;

/**
 * Reads a ClientHello as far as it has come: undefined while more must come, `"none"` for what is
 * none. Only what the listener decides by is read; TLS itself judges the rest.
 */
export function parseClientHello(bytes: Uint8Array): ClientHello | "none" | undefined {
  if (bytes.length < 5) return undefined;
  if (bytes[0] !== 22) return "none";
  const record = bytes[3]! * 256 + bytes[4]!;
  if (record > HELLO_BYTES) return "none";
  if (bytes.length < 5 + record) return undefined;
  try {
    return helloOf(new Cursor(bytes.subarray(5, 5 + record)));
  } catch {
    return "none";
  }
}

function helloOf(message: Cursor): ClientHello {
  if (message.number(1) !== 1) throw new RangeError();
  const hello = message.block(3);
  hello.skip(2 + 32);
  hello.block(1);
  hello.block(2);
  hello.block(1);
  const alpn: string[] = [];
  const extensions = hello.block(2);
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const body = extensions.block(2);
    if (type !== 16) continue;
    const names = body.block(2);
    while (names.left > 0) alpn.push(String.fromCharCode(...names.block(1).rest()));
  }
  return { alpn };
}

/** Reads numbers and blocks one after the other; throws a `RangeError` past the end. */
class Cursor {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length - this.#at;
  }

  skip(count: number): void {
    if (count > this.left) throw new RangeError();
    this.#at += count;
  }

  number(size: number): number {
    let value = 0;
    const from = this.#at;
    this.skip(size);
    for (let i = from; i < this.#at; i++) value = value * 256 + this.bytes[i]!;
    return value;
  }

  /** What a length of `size` bytes counts. */
  block(size: number): Cursor {
    const length = this.number(size);
    const from = this.#at;
    this.skip(length);
    return new Cursor(this.bytes.subarray(from, this.#at));
  }

  rest(): Uint8Array {
    return this.bytes.subarray(this.#at);
  }
}
