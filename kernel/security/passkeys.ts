import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { isIP } from "node:net";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { Challenges } from "./challenges.ts";
import {
  addPasskey,
  dropPasskey,
  type PasskeyRow,
  renamePasskey,
  usePasskey,
} from "./owner_operations.ts";
import type { PasskeyChecker } from "./proof_worker.ts";

/** Passkeys of one person. */
const MAX_PASSKEYS = 50;

/** A passkey as its owner sees it. Times are Unix ms. */
export interface PasskeyInfo {
  readonly id: string;
  readonly name: string;
  /** The host it was made for; it works nowhere else. */
  readonly host: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  /** Whether its maker keeps a copy, so that a lost device does not lose it. */
  readonly backedUp: boolean;
}

/** Where the browser that speaks to us is. */
export interface Site {
  /** Such as `https://admin.example.com`. */
  readonly origin: string;
}

/** What a passkey is for, with the session where there is one. */
export type PasskeyPurpose = "sign-in" | `step-up ${string}` | `register ${string}`;

/** Time a browser gives a person, ms; a challenge is good for as long. */
const TIMEOUT_MS = 300_000;
/** Signatures that are understood: EdDSA, ES256 and RS256 (COSE, RFC 9053 and RFC 8812). */
const ALGORITHMS = [-8, -7, -257];

/**
 * Passkeys (Web Authentication level 3) of the owner. The relying party is the dashboard's host
 * alone, which no page of an app can speak for.
 */
export class Passkeys {
  constructor(
    private readonly deps: {
      readonly db: Database;
      readonly clock: Clock;
      readonly challenges: Challenges;
      /** Absent where nobody signs in: nothing is right then. */
      readonly checker?: PasskeyChecker;
    },
  ) {}

  list(userId: string): PasskeyInfo[] {
    return this.#rows(userId).map(info);
  }

  /** What a browser needs to make a passkey. @throws {FaztError} `INVALID` at a bare address */
  registrationOptions(
    user: { readonly id: string; readonly name: string },
    { site, purpose }: { readonly site: Site; readonly purpose: PasskeyPurpose },
  ): PublicKeyCredentialCreationOptionsJSON {
    return {
      rp: { id: rpId(site), name: "Fazt" },
      user: {
        id: new TextEncoder().encode(user.id).toBase64({
          alphabet: "base64url",
          omitPadding: true,
        }),
        name: user.name,
        displayName: user.name,
      },
      challenge: this.deps.challenges.make(purpose),
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
      timeout: TIMEOUT_MS,
      attestation: "none",
      excludeCredentials: this.#rows(user.id).map((row) => ({
        id: row.id,
        type: "public-key",
        transports: JSON.parse(row.transports),
      })),
      authenticatorSelection: {
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      },
    };
  }

  /** Keeps the passkey a browser made. @throws {FaztError} `PASSKEY_REFUSED`, `CONFLICT` */
  async register(
    user: { readonly id: string },
    { site, purpose, name, response }: {
      readonly site: Site;
      readonly purpose: PasskeyPurpose;
      readonly name: string;
      readonly response: unknown;
    },
  ): Promise<PasskeyInfo> {
    const { db, clock, checker } = this.deps;
    const challenge = this.#open(response, purpose);
    if (challenge === undefined) throw refused();
    const made = await checker?.register(response, {
      challenge,
      origin: site.origin,
      rpId: rpId(site),
    });
    if (made === undefined || !this.deps.challenges.use(challenge)) throw refused();
    const row: PasskeyRow = {
      id: made.id,
      user_id: user.id,
      name,
      rp_id: rpId(site),
      public_key: made.publicKey,
      counter: made.counter,
      transports: JSON.stringify(transports(made.transports)),
      backed_up: made.backedUp ? 1 : 0,
      created_at: clock(),
      last_used_at: null,
    };
    if (await db.write(addPasskey, { row, max: MAX_PASSKEYS })) return info(row);
    throw new FaztError(
      "CONFLICT",
      `Cannot keep this passkey: it is here already, or there are ${MAX_PASSKEYS}`,
      { hint: "remove one first" },
    );
  }

  /**
   * What a browser needs to use a passkey; it says nothing about which there are.
   * @throws {FaztError} `INVALID` at a bare address
   */
  requestOptions(
    { site, purpose }: { readonly site: Site; readonly purpose: PasskeyPurpose },
  ): PublicKeyCredentialRequestOptionsJSON {
    return {
      rpId: rpId(site),
      challenge: this.deps.challenges.make(purpose),
      timeout: TIMEOUT_MS,
      userVerification: "required",
    };
  }

  /** Whose passkey signed the challenge, or undefined for whatever is wrong with it. */
  async verify(
    response: unknown,
    { site, purpose }: { readonly site: Site; readonly purpose: PasskeyPurpose },
  ): Promise<{ readonly userId: string; readonly id: string } | undefined> {
    const { db, clock, checker, challenges } = this.deps;
    const { id } = response as { id?: unknown };
    const row = typeof id === "string"
      ? db.reader.get<PasskeyRow>("SELECT * FROM passkeys WHERE id = ?", id)
      : undefined;
    const challenge = this.#open(response, purpose);
    if (row === undefined || challenge === undefined) return undefined;
    const used = await checker?.use(response, {
      challenge,
      origin: site.origin,
      rpId: rpId(site),
    }, { id: row.id, publicKey: row.public_key, counter: row.counter });
    if (used === undefined || !challenges.use(challenge)) return undefined;
    const counted = await db.write(usePasskey, {
      id: row.id,
      counter: used.counter,
      backedUp: used.backedUp,
      at: clock(),
    });
    return counted ? { userId: row.user_id, id: row.id } : undefined;
  }

  /** @throws {FaztError} `NOT_FOUND` */
  async rename(userId: string, id: string, name: string): Promise<PasskeyInfo> {
    if (!await this.deps.db.write(renamePasskey, { userId, id, name })) throw noSuchPasskey();
    const row = this.#rows(userId).find((one) => one.id === id);
    if (row === undefined) throw noSuchPasskey();
    return info(row);
  }

  /** @throws {FaztError} `NOT_FOUND` */
  async remove(userId: string, id: string): Promise<void> {
    if (!await this.deps.db.write(dropPasskey, { userId, id })) throw noSuchPasskey();
  }

  #rows(userId: string): PasskeyRow[] {
    return this.deps.db.reader.all<PasskeyRow>(
      "SELECT * FROM passkeys WHERE user_id = ? ORDER BY created_at, id",
      userId,
    );
  }

  /** The challenge an answer is about, if it is one of ours for this purpose and still open. */
  #open(response: unknown, purpose: PasskeyPurpose): string | undefined {
    try {
      const { clientDataJSON } = (response as { response: { clientDataJSON: string } }).response;
      const bytes = Uint8Array.fromBase64(clientDataJSON, { alphabet: "base64url" });
      const { challenge } = JSON.parse(new TextDecoder().decode(bytes)) as { challenge: unknown };
      if (typeof challenge !== "string") return undefined;
      return this.deps.challenges.isOpen(challenge, purpose) ? challenge : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The host passkeys are made for: a name, as browsers demand (Web Authentication §5.1.3). */
function rpId(site: Site): string {
  const { hostname } = new URL(site.origin);
  if (isIP(hostname.replace(/^\[|\]$/g, "")) === 0) return hostname;
  throw new FaztError("INVALID", "Cannot use passkeys here: they need a name, not an address", {
    hint: "open the dashboard by its name",
  });
}

/** Only words a browser would take back. */
function transports(list: readonly unknown[] | undefined): string[] {
  return (list ?? []).filter((one): one is string =>
    typeof one === "string" && /^[a-z-]{1,20}$/.test(one)
  ).slice(0, 10);
}

function info(row: PasskeyRow): PasskeyInfo {
  return {
    id: row.id,
    name: row.name,
    host: row.rp_id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    backedUp: row.backed_up === 1,
  };
}

function refused(): FaztError {
  return new FaztError("PASSKEY_REFUSED", "Cannot keep this passkey: its answer is not right", {
    status: 422,
    hint: "begin again: an answer is good for five minutes, once, and for this host",
  });
}

function noSuchPasskey(): FaztError {
  return new FaztError("NOT_FOUND", "There is no such passkey", {
    hint: "the list of the owner's passkeys names each with its id",
  });
}
