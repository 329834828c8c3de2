// A DNS server that takes updates, written from the RFCs and not from the code it tests.
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { packet } from "./dns_wire.ts";
import type { TsigKey } from "./tsig.ts";

/** The key it believes. */
export const TEST_KEY: TsigKey = {
  name: "update.key",
  algorithm: "hmac-sha256",
  secret: new Uint8Array(32).fill(7),
};

/** A server of one zone that takes updates signed with {@link TEST_KEY}. */
export class DnsServer implements AsyncDisposable {
  /** TXT values by name. */
  readonly txt = new Map<string, Set<string>>();
  /** What it answers updates with. */
  code = 0;
  /** Its clock, Unix ms. */
  now = () => Date.now();
  /** Told of each change. */
  onChange: (name: string, values: readonly string[]) => Promise<void> | void = () => {};
  readonly #listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  readonly #running = this.#run();

  constructor(private readonly zone = "zone.example") {}

  get port(): number {
    return this.#listener.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    for await (const connection of this.#listener) {
      const bytes = new Uint8Array(65_537);
      let have = 0;
      while (have < 2 || have < 2 + (bytes[0]! << 8 | bytes[1]!)) {
        const n = await connection.read(bytes.subarray(have));
        if (n === null) break;
        have += n;
      }
      const answer = await this.#answer(bytes.slice(2, have));
      await connection.write(Uint8Array.from([answer.length >> 8, answer.length & 255, ...answer]));
      connection.close();
    }
  }

  async #answer(message: Uint8Array): Promise<Uint8Array> {
    const { questions } = packet.decode(Buffer.from(message));
    const zone = questions![0]!.name;
    if (message[2]! >> 3 === 0) {
      const soa = {
        mname: "ns.example",
        rname: "host.example",
        serial: 1,
        refresh: 1,
        retry: 1,
        expire: 1,
        minimum: 1,
      };
      return packet.encode({
        type: "response",
        id: message[0]! << 8 | message[1]!,
        questions: questions!,
        answers: zone === this.zone ? [{ type: "SOA", name: zone, data: soa }] : [],
      });
    }
    const head = message.slice(0, 12);
    head[2] = 0x80 | head[2]!;
    head.fill(0, 4);
    head[3] = this.code !== 0 ? this.code : await this.#update(message, zone) ? 0 : 9;
    return head;
  }

  /** Reads the message by hand, as RFC 2136 and RFC 8945 write it down. */
  async #update(message: Uint8Array, zone: string): Promise<boolean> {
    if (zone !== this.zone || message[9] !== 1 || message[11] !== 1) return false;
    let at = 12;
    const name = () => {
      const labels = [];
      while (message[at] !== 0) {
        labels.push(new TextDecoder().decode(message.subarray(at + 1, at + 1 + message[at]!)));
        at += 1 + message[at]!;
      }
      at++;
      return labels.join(".");
    };
    const two = () => message[at++]! << 8 | message[at++]!;
    name();
    at += 4;
    const owner = name();
    const [type, cls] = [two(), two()];
    at += 4;
    const data = message.subarray(at + 2, at + 2 + two());
    at += data.length;
    const unsignedEnd = at;
    const keyAt = at;
    if (name() !== TEST_KEY.name) return false;
    const keyName = message.slice(keyAt, at);
    if (two() !== 250 || two() !== 255) return false;
    at += 6;
    const algorithmAt = at;
    name();
    const variables = message.slice(algorithmAt, at + 8);
    const seconds = Number(BigInt(`0x${message.slice(at, at + 6).toHex()}`));
    at += 8;
    const mac = message.slice(at + 2, at + 2 + two());
    const plain = message.slice(0, unsignedEnd);
    plain[11] = 0;
    const wanted = createHmac("sha256", TEST_KEY.secret).update(plain).update(keyName)
      .update(Uint8Array.from([0, 255, 0, 0, 0, 0])).update(variables)
      .update(Uint8Array.from([0, 0, 0, 0])).digest();
    if (!wanted.equals(mac) || Math.abs(seconds - this.now() / 1000) > 300 || type !== 16) {
      return false;
    }
    const value = new TextDecoder().decode(data.subarray(1));
    const set = this.txt.get(owner) ?? new Set();
    if (cls === 254) set.delete(value);
    else set.add(value);
    this.txt.set(owner, set);
    await this.onChange(owner, [...set]);
    return true;
  }
}
