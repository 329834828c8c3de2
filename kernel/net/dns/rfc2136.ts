import { Buffer } from "node:buffer";
import { randomInt } from "node:crypto";
import { packet } from "./dns_wire.ts";
import { type DnsDriver, PROOF_TTL } from "./dns_driver.ts";
import { dnsUpdateError } from "./dns_error.ts";
import { dnsExchange } from "./dns_exchange.ts";
import { signTsig, type TsigKey } from "./tsig.ts";

/** Options of {@link rfc2136Driver}. */
export interface Rfc2136Options {
  readonly hostname: string;
  readonly port: number;
  /** Zone of every name; empty is the one the server says it has. */
  readonly zone: string;
  readonly key: TsigKey | undefined;
  readonly clock: () => number;
}

const OPCODE_UPDATE = 5 << 11;
const CLASS_NONE = 254;

/** Dynamic updates (RFC 2136) over TCP, signed with TSIG where there is a key. */
export function rfc2136Driver(options: Rfc2136Options): DnsDriver {
  const exchange = (message: Uint8Array, signal: AbortSignal) =>
    dnsExchange(message, { hostname: options.hostname, port: options.port, signal });

  const update = async (
    record: { readonly name: string; readonly value: string; readonly add: boolean },
    { zone, signal }: { readonly zone: string; readonly signal: AbortSignal },
  ) => {
    const message = updateMessage(record, zone);
    const { key, clock } = options;
    const signed = key === undefined ? message : signTsig(message, { key, at: clock() });
    const answer = await exchange(signed, signal);
    if (answer.length < 12 || answer[0] !== message[0] || answer[1] !== message[1]) {
      throw dnsUpdateError("the answer is to another question");
    }
    const code = answer[3]! & 15;
    if (code !== 0) {
      throw dnsUpdateError(`the server says ${RCODES[code] ?? code} for the zone ${zone}`);
    }
  };

  return {
    name: "rfc2136",
    async addTxt(name, value, signal) {
      const zone = options.zone || await findZone(name, (m) => exchange(m, signal));
      if (name !== zone && !name.endsWith(`.${zone}`)) {
        throw dnsUpdateError(`${name} is not in the zone ${zone}`);
      }
      await update({ name, value, add: true }, { zone, signal });
      return () =>
        update({ name, value, add: false }, { zone, signal: new AbortController().signal });
    },
  };
}

const RCODES: Readonly<Record<number, string>> = {
  1: "FORMERR",
  2: "SERVFAIL",
  4: "NOTIMP",
  5: "REFUSED",
  6: "YXDOMAIN",
  8: "NXRRSET",
  9: "NOTAUTH (the key, its name or the clock is not what the server expects)",
  10: "NOTZONE",
};

/** The nearest name above that the server has a start of authority for. */
async function findZone(
  name: string,
  exchange: (message: Uint8Array) => Promise<Uint8Array>,
): Promise<string> {
  const labels = name.split(".");
  for (let i = 1; i < labels.length; i++) {
    const zone = labels.slice(i).join(".");
    const question = packet.encode({
      type: "query",
      id: randomInt(65536),
      questions: [{ type: "SOA", name: zone, class: "IN" }],
    });
    const answers = packet.decode(Buffer.from(await exchange(question))).answers ?? [];
    if (answers.some((one) => one.type === "SOA" && one.name.toLowerCase() === zone)) return zone;
  }
  throw dnsUpdateError(`the server has no zone for ${name}; name one: acme.dnsZone`);
}

/** An UPDATE with one change (RFC 2136 §2): adding a record, or removing exactly it (§2.5.4). */
function updateMessage(
  { name, value, add }: { readonly name: string; readonly value: string; readonly add: boolean },
  zone: string,
): Uint8Array {
  const head = packet.encode({
    type: "query",
    id: randomInt(65536),
    flags: 0,
    questions: [{ type: "SOA", name: zone, class: "IN" }],
  });
  const record = packet.answer.encode({
    type: "TXT",
    name,
    class: "IN",
    ttl: add ? PROOF_TTL : 0,
    data: [Buffer.from(value)],
  });
  if (!add) {
    const at = packet.name.encodingLength(name) + 2;
    record[at] = CLASS_NONE >> 8;
    record[at + 1] = CLASS_NONE & 255;
  }
  const message = new Uint8Array(head.length + record.length);
  message.set(head);
  message.set(record, head.length);
  message[2] = OPCODE_UPDATE >> 8;
  message[3] = 0;
  // The update section is where answers' authorities are counted.
  message[9] = 1;
  return message;
}
