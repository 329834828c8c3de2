import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { base58 } from "../lib/ids.ts";
import { NODE_SECRETS as NODE, type Secrets } from "../secrets/mod.ts";
import { codeStep, codeUri, newCodeSecret } from "./one_time_code.ts";
import {
  confirmCodes,
  dropCodes,
  dropPassword,
  putPassword,
  rehashPassword,
  renewRecoveryCodes,
  useRecoveryCode,
  useStep,
} from "./owner_operations.ts";
import type { PasskeyInfo, Passkeys } from "./passkeys.ts";
import { costsEnough, NOBODYS_HASH } from "./password_hash.ts";
import type { PasswordHasher } from "./proof_worker.ts";
import { checkPassword } from "./password_rule.ts";
import { OWNER_ID } from "./sessions.ts";
import { tokenHash } from "./tokens.ts";

const CODES = "OWNER_CODES";
const NEXT_CODES = "OWNER_CODES_NEXT";
const RECOVERY_CODES = 10;

/** A way to prove who one is. */
export type ProofMethod = "password" | "totp" | "passkey";

/** What the owner signs in with. Times are Unix ms. */
export interface OwnerInfo {
  readonly name: string;
  readonly password: boolean;
  readonly passwordChangedAt: number | null;
  readonly totp: boolean;
  /** A secret was shown and waits for its first code. */
  readonly totpPending: boolean;
  readonly recoveryCodesLeft: number;
  readonly passkeys: readonly PasskeyInfo[];
}

/** What {@link Owner} works with. */
export interface OwnerDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly hasher: PasswordHasher;
  readonly passkeys: Passkeys;
  /** Where secrets of one-time codes are sealed. */
  readonly secrets: () => Pick<Secrets, "set" | "remove" | "reveal" | "list">;
}

/** The owner's name and credentials: password, one-time codes, recovery codes, passkeys. */
export class Owner {
  constructor(private readonly deps: OwnerDeps) {}

  get name(): string {
    return this.deps.settings.get("owner.name");
  }

  info(): OwnerInfo {
    const { reader } = this.deps.db;
    const password = reader.get<{ updated_at: number }>(
      "SELECT updated_at FROM passwords WHERE user_id = ?",
      OWNER_ID,
    );
    return {
      name: this.name,
      password: password !== undefined,
      passwordChangedAt: password?.updated_at ?? null,
      totp: this.#asksForCodes,
      totpPending: this.#hasSecret(NEXT_CODES),
      recoveryCodesLeft: reader.get<{ n: number }>(
        "SELECT count(*) AS n FROM recovery_codes WHERE user_id = ? AND used_at IS NULL",
        OWNER_ID,
      )!.n,
      passkeys: this.deps.passkeys.list(OWNER_ID),
    };
  }

  /** How the owner can prove who they are; none: only by an owner link. */
  methods(): ProofMethod[] {
    const { password, totp, passkeys } = this.info();
    return [
      ...(password ? ["password" as const] : []),
      ...(totp ? ["totp" as const] : []),
      ...(passkeys.length > 0 ? ["passkey" as const] : []),
    ];
  }

  /** @throws {FaztError} `INVALID` */
  async rename(name: string): Promise<void> {
    await this.deps.settings.set("owner.name", name, this.deps.clock());
  }

  /** Whether codes are asked for besides the password. */
  get asksForCodes(): boolean {
    return this.#asksForCodes;
  }

  get #asksForCodes(): boolean {
    return this.deps.db.reader.get(
      "SELECT 1 FROM one_time_codes WHERE user_id = ?",
      OWNER_ID,
    ) !== undefined;
  }

  /**
   * Sets the password and ends every other session; tells how many ended.
   * @throws {FaztError} `WEAK_PASSWORD`
   */
  async setPassword(password: string, except?: string): Promise<number> {
    const { db, settings, clock, hasher } = this.deps;
    checkPassword(password, [this.name, settings.get("server.domain")]);
    const hash = await hasher.hash(password);
    return await db.write(putPassword, {
      userId: OWNER_ID,
      hash,
      at: clock(),
      except: except ?? null,
    });
  }

  /**
   * Whether it is the password of the one who has this name; without a name, the owner's. It takes
   * as long for a name or a password there is not.
   */
  async checkPassword(password: string, name?: string): Promise<boolean> {
    const { db, hasher } = this.deps;
    const row = db.reader.get<{ hash: string }>(
      "SELECT hash FROM passwords WHERE user_id = ?",
      OWNER_ID,
    );
    const isOwner = name === undefined || same(name, this.name);
    const hash = isOwner && row !== undefined ? row.hash : NOBODYS_HASH;
    const right = await hasher.verify(password, hash);
    if (!right || hash === NOBODYS_HASH) return false;
    if (!costsEnough(hash)) {
      const better = await hasher.hash(password);
      await db.write(rehashPassword, { userId: OWNER_ID, old: hash, hash: better });
    }
    return true;
  }

  /** Goes without a password. @throws {FaztError} `CONFLICT` when nothing else is left. */
  async dropPassword(): Promise<void> {
    if (this.info().passkeys.length === 0) {
      throw new FaztError("CONFLICT", "Cannot go without a password: there is no passkey", {
        hint: "add a passkey first",
      });
    }
    await this.deps.db.write(dropPassword, { userId: OWNER_ID });
    await this.#forgetSecrets();
  }

  /** A secret for an authenticator; codes are asked for once one was confirmed. */
  async beginCodes(): Promise<{ readonly secret: string; readonly uri: string }> {
    const { settings } = this.deps;
    if (!this.info().password) {
      throw new FaztError("CONFLICT", "Cannot ask for codes: there is no password yet", {
        hint: "codes are asked for besides a password; set one first",
      });
    }
    const secret = newCodeSecret();
    await this.#keep(NEXT_CODES, secret);
    return { secret, uri: codeUri(secret, `${this.name}@${settings.get("server.domain")}`) };
  }

  /**
   * Proves that the authenticator has the secret: from here on codes are asked for.
   * @returns recovery codes, which are shown this once
   * @throws {FaztError} `CONFLICT` when none was begun, `INVALID` for a wrong code
   */
  async confirmCodes(code: string): Promise<string[]> {
    const { db, clock, secrets } = this.deps;
    const secret = this.#hasSecret(NEXT_CODES)
      ? secrets().reveal(NODE, NEXT_CODES)?.value
      : undefined;
    if (secret === undefined) {
      throw new FaztError("CONFLICT", "Cannot confirm a code: no secret waits for one", {
        hint: "begin again to get a secret for the authenticator",
      });
    }
    const step = codeStep(secret, code.replaceAll(" ", ""), clock());
    if (step === undefined) {
      throw new FaztError("INVALID", "Cannot confirm: this is not the code of now", {
        hint: "take the newest one, and see that the clocks of both machines are right",
      });
    }
    const codes = newRecoveryCodes();
    await this.#keep(CODES, secret);
    await db.write(confirmCodes, {
      userId: OWNER_ID,
      at: clock(),
      step,
      recovery: codes.map((one) => tokenHash(bare(one))),
    });
    await secrets().remove({ appId: NODE, name: NEXT_CODES });
    return codes;
  }

  /** Whether a code is right and was not used: of the authenticator, or for recovery. */
  async useCode(code: string): Promise<boolean> {
    const { db, clock, secrets } = this.deps;
    const text = bare(code);
    if (!/^\d{6}$/.test(text)) {
      return await db.write(useRecoveryCode, {
        userId: OWNER_ID,
        hash: tokenHash(text),
        at: clock(),
      });
    }
    if (!this.#asksForCodes) return false;
    let secret: string | undefined;
    try {
      secret = secrets().reveal(NODE, CODES)?.value;
    } catch {
      // Secrets are locked: then only recovery codes and links help.
    }
    const step = secret === undefined ? undefined : codeStep(secret, text, clock());
    return step !== undefined && await db.write(useStep, { userId: OWNER_ID, step });
  }

  /** Codes are not asked for any more; recovery codes go with them. */
  async dropCodes(): Promise<boolean> {
    const was = await this.deps.db.write(dropCodes, { userId: OWNER_ID });
    await this.#forgetSecrets();
    return was;
  }

  /** New recovery codes; those of before work no longer. @throws {FaztError} `CONFLICT` */
  async renewRecoveryCodes(): Promise<string[]> {
    if (!this.#asksForCodes) {
      throw new FaztError("CONFLICT", "Cannot make recovery codes: codes are not asked for", {
        hint: "set up an authenticator first",
      });
    }
    const codes = newRecoveryCodes();
    await this.deps.db.write(renewRecoveryCodes, {
      userId: OWNER_ID,
      recovery: codes.map((one) => tokenHash(bare(one))),
    });
    return codes;
  }

  async #keep(name: string, value: string): Promise<void> {
    await this.deps.secrets().set({ appId: NODE, name, value, userId: OWNER_ID });
  }

  async #forgetSecrets(): Promise<void> {
    for (const name of [CODES, NEXT_CODES]) {
      await this.deps.secrets().remove({ appId: NODE, name });
    }
  }

  #hasSecret(name: string): boolean {
    return this.deps.secrets().list(NODE).some((one) => one.appId === NODE && one.name === name);
  }
}

const same = (a: string, b: string) =>
  a.normalize("NFKC").trim().toLowerCase() === b.normalize("NFKC").trim().toLowerCase();

/** A code as it is compared: as people copy it, with or without what groups it. */
const bare = (code: string) => code.replaceAll(/[\s-]/g, "").toLowerCase();

/** Four groups of four: over 80 bits. */
function newRecoveryCodes(): string[] {
  return Array.from(
    { length: RECOVERY_CODES },
    () => base58(16).match(/.{4}/g)!.join("-"),
  );
}
