import { FaztError } from "../lib/fazt_error.ts";
import { NODE_SECRETS as OWNER, type Secrets } from "../secrets/mod.ts";

const PASSPHRASE = "BACKUP_PASSPHRASE";
const S3_SECRET_KEY = "BACKUP_S3_SECRET_KEY";

/** What {@link BackupKeys.set} takes: text keeps, null forgets. */
export interface BackupKeyChanges {
  readonly passphrase?: string | null | undefined;
  readonly s3SecretKey?: string | null | undefined;
}

/** Secrets of backups, sealed like those of apps and out of their reach. */
export class BackupKeys {
  constructor(private readonly secrets: Secrets) {}

  get passphraseKept(): boolean {
    return this.#has(PASSPHRASE);
  }

  get s3SecretKeyKept(): boolean {
    return this.#has(S3_SECRET_KEY);
  }

  /** @throws {FaztError} `SECRETS_LOCKED` when there is one that cannot be opened. */
  passphrase(): string | undefined {
    return this.#has(PASSPHRASE) ? this.secrets.reveal(OWNER, PASSPHRASE)!.value : undefined;
  }

  /** @throws {FaztError} `INVALID` when there is none, `SECRETS_LOCKED`. */
  s3SecretKey(): string {
    if (this.#has(S3_SECRET_KEY)) return this.secrets.reveal(OWNER, S3_SECRET_KEY)!.value;
    throw new FaztError("INVALID", "Cannot use the S3 store: its secret key is not set", {
      hint: "fazt backup secret s3",
    });
  }

  /** Keeps and forgets. @throws {FaztError} `INVALID`, `SECRETS_LOCKED`. */
  async set(changes: BackupKeyChanges, userId: string): Promise<void> {
    const { passphrase, s3SecretKey } = changes;
    if (passphrase && passphrase.length < 8) {
      throw new FaztError("INVALID", "Cannot keep this passphrase: it is too short", {
        hint: "use at least 8 characters, better several words",
      });
    }
    await this.#put(PASSPHRASE, passphrase, userId);
    await this.#put(S3_SECRET_KEY, s3SecretKey, userId);
  }

  async #put(name: string, value: string | null | undefined, userId: string): Promise<void> {
    if (value === undefined) return;
    if (value === null) await this.secrets.remove({ appId: OWNER, name });
    else await this.secrets.set({ appId: OWNER, name, value, userId });
  }

  #has(name: string): boolean {
    return this.secrets.list(OWNER).some((one) => one.appId === OWNER && one.name === name);
  }
}
