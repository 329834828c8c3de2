// An authenticator in software, so that tests make and use passkeys without a browser.
import { concat } from "../lib/concat.ts";

interface Creation {
  readonly challenge: string;
  readonly rp: { readonly id?: string };
}
interface Request {
  readonly challenge: string;
  readonly rpId?: string;
}

const url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
const text = (value: string) => new TextEncoder().encode(value);

/** How a test makes an answer wrong. */
export interface Twist {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  /** Flags of the authenticator's data; 0x05 is present and verified. */
  readonly flags?: number;
  readonly counter?: number;
  readonly signWith?: CryptoKey;
}

/** One passkey: an ES256 key that signs what a browser would (Web Authentication §6.1, §6.3). */
export class SoftPasskey {
  #counter = 0;

  private constructor(readonly id: string, readonly keys: CryptoKeyPair) {}

  static async make(): Promise<SoftPasskey> {
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]) as CryptoKeyPair;
    return new SoftPasskey(url(crypto.getRandomValues(new Uint8Array(32))), keys);
  }

  /** What `navigator.credentials.create` gives, as JSON. */
  async create(options: Creation, origin: string, twist: Twist = {}) {
    const clientData = this.#clientData("webauthn.create", options.challenge, origin, twist);
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", this.keys.publicKey));
    const id = Uint8Array.fromBase64(this.id, { alphabet: "base64url" });
    // COSE_Key of a point: kty 2, alg -7, crv 1, x, y (RFC 9053 §7.1).
    const key = concat([
      new Uint8Array([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]),
      raw.subarray(1, 33),
      new Uint8Array([0x22, 0x58, 0x20]),
      raw.subarray(33, 65),
    ]);
    const data = concat([
      await this.#authData(twist.rpId ?? options.rp.id!, (twist.flags ?? 0x05) | 0x40, 0),
      new Uint8Array(16),
      new Uint8Array([id.length >> 8, id.length & 255]),
      id,
      key,
    ]);
    // {"fmt": "none", "attStmt": {}, "authData": bytes}
    const attestation = concat([
      new Uint8Array([0xa3, 0x63]),
      text("fmt"),
      new Uint8Array([0x64]),
      text("none"),
      new Uint8Array([0x67]),
      text("attStmt"),
      new Uint8Array([0xa0, 0x68]),
      text("authData"),
      new Uint8Array([0x59, data.length >> 8, data.length & 255]),
      data,
    ]);
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      clientExtensionResults: {},
      response: {
        clientDataJSON: url(clientData),
        attestationObject: url(attestation),
        transports: ["internal"],
      },
    };
  }

  /** What `navigator.credentials.get` gives, as JSON. */
  async get(options: Request, origin: string, twist: Twist = {}) {
    const clientData = this.#clientData("webauthn.get", options.challenge, origin, twist);
    const counter = twist.counter ?? ++this.#counter;
    const data = await this.#authData(twist.rpId ?? options.rpId!, twist.flags ?? 0x05, counter);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", clientData));
    const signature = new Uint8Array(
      await crypto.subtle.sign(
        { name: "ECDSA", hash: "SHA-256" },
        twist.signWith ?? this.keys.privateKey,
        concat([data, hash]),
      ),
    );
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      clientExtensionResults: {},
      response: {
        clientDataJSON: url(clientData),
        authenticatorData: url(data),
        signature: url(der(signature)),
        userHandle: url(text("usr_owner")),
      },
    };
  }

  #clientData(type: string, challenge: string, origin: string, twist: Twist) {
    return text(JSON.stringify({
      type: twist.type ?? type,
      challenge: twist.challenge ?? challenge,
      origin: twist.origin ?? origin,
      crossOrigin: false,
    }));
  }

  async #authData(rpId: string, flags: number, counter: number): Promise<Uint8Array> {
    const head = new Uint8Array(37);
    head.set(new Uint8Array(await crypto.subtle.digest("SHA-256", text(rpId))));
    head[32] = flags;
    new DataView(head.buffer).setUint32(33, counter);
    return head;
  }
}

/** A signature as two numbers in DER, which is how WebAuthn has it (RFC 3279 §2.2.3). */
function der(raw: Uint8Array): Uint8Array {
  const number = (bytes: Uint8Array) => {
    let from = 0;
    while (from < bytes.length - 1 && bytes[from] === 0) from++;
    const short = bytes.subarray(from);
    const body = short[0]! & 0x80 ? concat([new Uint8Array(1), short]) : short;
    return concat([new Uint8Array([0x02, body.length]), body]);
  };
  const both = concat([number(raw.subarray(0, 32)), number(raw.subarray(32))]);
  return concat([new Uint8Array([0x30, both.length]), both]);
}
