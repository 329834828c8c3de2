import untyped from "dns-packet";

/** A question of a DNS message. */
export interface Question {
  readonly type: string;
  readonly name: string;
  readonly class?: string;
}

/** A record of a DNS message. */
export interface WireRecord extends Question {
  readonly ttl?: number;
  readonly data?: unknown;
}

/** A DNS message (RFC 1035 §4). */
export interface DnsMessage {
  readonly type?: "query" | "response";
  readonly id?: number;
  readonly flags?: number;
  readonly questions?: readonly Question[];
  readonly answers?: readonly WireRecord[];
  readonly authorities?: readonly WireRecord[];
  readonly additionals?: readonly WireRecord[];
}

/** What of dns-packet is used here; it has no types of its own. */
export const packet: {
  encode(message: DnsMessage): Uint8Array;
  decode(bytes: Uint8Array): DnsMessage;
  readonly name: { encode(name: string): Uint8Array; encodingLength(name: string): number };
  readonly answer: { encode(record: WireRecord): Uint8Array };
} = untyped;
