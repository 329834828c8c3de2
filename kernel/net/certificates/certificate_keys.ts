import { randomBytes } from "node:crypto";
import { FaztError } from "../../lib/fazt_error.ts";
import { SYSTEM_USER } from "../../lib/ids.ts";
import { KEY_BYTES, seal, type Secrets, unseal } from "../../secrets/mod.ts";

/** No app has this id, so no request of an app can carry what is kept under it. */
const OWNER = "node";
const DATA_KEY = "CERTIFICATES_KEY";
/** Secrets of certificates by their names in the API. */
const NAMES = {
  eabKey: "ACME_EAB_KEY",
  tsigKey: "DNS_TSIG_KEY",
  cloudflareToken: "DNS_CLOUDFLARE_TOKEN",
} as const;

/** Which secret of certificates. */
export type CertificateSecret = keyof typeof NAMES;
/** What {@link CertificateKeys.set} takes: text keeps, null forgets. */
export type SecretChanges = { readonly [K in CertificateSecret]?: string | null | undefined };

/**
 * Seals keys of certificates and accounts. They are sealed under a key of their own, which is a
 * secret of the node: so a new passphrase seals one secret anew and not every key.
 */
export class CertificateKeys {
  #dataKey: Promise<Uint8Array> | undefined;

  constructor(private readonly secrets: Secrets) {}

  /** Whether the node cannot open what it sealed: its passphrase is missing. */
  get locked(): boolean {
    return this.secrets.locked !== undefined;
  }

  /** @throws {FaztError} `SECRETS_LOCKED` */
  async seal(plain: Uint8Array, context: string): Promise<Uint8Array> {
    return seal(await this.#key(), plain, context);
  }

  /** @throws {FaztError} `SECRETS_LOCKED`, also for what this node did not seal. */
  async open(sealed: Uint8Array, context: string): Promise<Uint8Array<ArrayBuffer>> {
    const plain = unseal(await this.#key(), sealed, context);
    if (plain !== undefined) return new Uint8Array(plain);
    throw new FaztError(
      "SECRETS_LOCKED",
      `Cannot open the key of ${context}: another node sealed it`,
      {
        status: 409,
        hint: "fazt net cert issue NAME makes a new one",
      },
    );
  }

  /** Which secrets are kept. */
  kept(): Readonly<Record<CertificateSecret, boolean>> {
    return {
      eabKey: this.#has("eabKey"),
      tsigKey: this.#has("tsigKey"),
      cloudflareToken: this.#has("cloudflareToken"),
    };
  }

  /** A secret, undefined when there is none. @throws {FaztError} `SECRETS_LOCKED` */
  secret(name: CertificateSecret): string | undefined {
    return this.#has(name) ? this.secrets.reveal(OWNER, NAMES[name])?.value : undefined;
  }

  /** Keeps and forgets. @throws {FaztError} `INVALID`, `SECRETS_LOCKED` */
  async set(changes: SecretChanges, userId: string): Promise<void> {
    for (const name of ["eabKey", "tsigKey"] as const) {
      const value = changes[name];
      if (value && decodeKey(value) === undefined) {
        throw new FaztError("INVALID", "Cannot keep this key: it is not base64", {
          hint: "paste it as the authority or the DNS server showed it",
        });
      }
    }
    for (const name of Object.keys(NAMES) as CertificateSecret[]) {
      const value = changes[name];
      if (value === undefined) continue;
      if (value === null) await this.secrets.remove({ appId: OWNER, name: NAMES[name] });
      else await this.secrets.set({ appId: OWNER, name: NAMES[name], value: value.trim(), userId });
    }
  }

  #has(name: CertificateSecret): boolean {
    return this.secrets.list(OWNER).some((one) => one.appId === OWNER && one.name === NAMES[name]);
  }

  #key(): Promise<Uint8Array> {
    return this.#dataKey ??= this.#readKey().catch((error) => {
      this.#dataKey = undefined;
      throw error;
    });
  }

  async #readKey(): Promise<Uint8Array> {
    // Only its own: a secret of every app by that name is somebody else's.
    const has = this.secrets.list(OWNER).some((one) =>
      one.appId === OWNER && one.name === DATA_KEY
    );
    if (has) return Uint8Array.fromBase64(this.secrets.reveal(OWNER, DATA_KEY)!.value);
    const key = new Uint8Array(randomBytes(KEY_BYTES));
    await this.secrets.set({
      appId: OWNER,
      name: DATA_KEY,
      value: key.toBase64(),
      userId: SYSTEM_USER,
    });
    return key;
  }
}

/** A key written in base64 or base64url, with or without padding. */
export function decodeKey(text: string): Uint8Array<ArrayBuffer> | undefined {
  const plain = text.trim().replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
  try {
    const bytes = Uint8Array.fromBase64(plain, { alphabet: "base64url" });
    return bytes.length === 0 ? undefined : bytes;
  } catch {
    return undefined;
  }
}
