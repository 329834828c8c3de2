import { createHmac } from "node:crypto";
import { packet } from "./dns_wire.ts";

/** Algorithms of TSIG that are still good (RFC 8945 §6). */
export const TSIG_ALGORITHMS = ["hmac-sha256", "hmac-sha384", "hmac-sha512"] as const;

/** A key shared with a DNS server. */
export interface TsigKey {
  readonly name: string;
  readonly algorithm: (typeof TSIG_ALGORITHMS)[number];
  readonly secret: Uint8Array;
}

const FUDGE_SECONDS = 300;
const CLASS_ANY = 255;
const TYPE_TSIG = 250;

/** Signs a DNS message with a shared key (RFC 8945): the message with a TSIG record at its end. */
export function signTsig(
  message: Uint8Array,
  { key, at }: { readonly key: TsigKey; readonly at: number },
): Uint8Array {
  const name = wireName(key.name);
  const algorithm = wireName(key.algorithm);
  const seconds = Math.floor(at / 1000);
  const time = [...int(Math.floor(seconds / 2 ** 32), 2), ...int(seconds % 2 ** 32, 4)];
  const timed = [...time, ...int(FUDGE_SECONDS, 2)];
  const none = [0, 0, 0, 0];
  const mac = createHmac(key.algorithm.slice("hmac-".length), key.secret)
    .update(message)
    .update(Uint8Array.from([...name, ...int(CLASS_ANY, 2), ...int(0, 4)]))
    .update(Uint8Array.from([...algorithm, ...timed, ...none]))
    .digest();
  const data = [
    ...algorithm,
    ...timed,
    ...int(mac.length, 2),
    ...mac,
    ...message.subarray(0, 2),
    ...none,
  ];
  const record = [
    ...name,
    ...int(TYPE_TSIG, 2),
    ...int(CLASS_ANY, 2),
    ...int(0, 4),
    ...int(data.length, 2),
    ...data,
  ];
  const signed = Uint8Array.from([...message, ...record]);
  // One more in the additional section.
  const count = (signed[10]! << 8 | signed[11]!) + 1;
  signed.set(int(count, 2), 10);
  return signed;
}

/** A name in canonical wire form: lower case, not compressed (RFC 4034 §6.2). */
function wireName(name: string): Uint8Array {
  return new Uint8Array(packet.name.encode(name.toLowerCase().replace(/\.$/, "")));
}

function int(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) & 255);
}
