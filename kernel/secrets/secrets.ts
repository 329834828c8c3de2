import { hkdfSync } from "node:crypto";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { parseHostPattern } from "../lib/host_pattern.ts";
import { contextOf, type NodeKey, openNodeKey } from "./node_key.ts";
import { seal, unseal } from "./seal.ts";
import { dropSecret, putSecret, type SecretRow } from "./secret_operations.ts";

/** Which secret: an app's own, or one of every app. */
export interface SecretRef {
  /** Left out: every app. */
  readonly appId?: string | undefined;
  readonly name: string;
}

/** A secret to keep. */
export interface SecretInput extends SecretRef {
  /** Text, 8,192 UTF-8 bytes at most. */
  readonly value: string;
  /** Host patterns it may be sent to; none: every host the app may reach. */
  readonly hosts?: readonly string[] | undefined;
  /** Whose word it is. */
  readonly userId: string;
}

/** What may be known of a secret: everything but its value. */
export interface SecretInfo {
  readonly appId?: string;
  readonly name: string;
  readonly hosts: readonly string[];
  readonly userId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A secret as the kernel sends it. It never goes to an app, a log, an error or an API. */
export interface Revealed {
  readonly value: string;
  readonly hosts: readonly string[];
  readonly updatedAt: number;
}

/** Options of {@link Secrets.open}. */
export interface SecretsOptions {
  readonly db: Database;
  readonly clock: Clock;
  /** The process's environment; `FAZT_SECRET_KEY` is read. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const EVERY_APP = "";
/** Whose the node's own secrets are. No app has this id, so no request of an app carries them. */
export const NODE_SECRETS = "node";
const MAX_BYTES = 8192;
const MAX_HOSTS = 50;

/** Named secrets, sealed in the database, that requests carry and no app reads. */
export class Secrets {
  private constructor(
    private readonly options: SecretsOptions,
    private readonly nodeKey: NodeKey,
  ) {}

  /** Reads or makes the node's key. A wrong passphrase does not stop the node: see `locked`. */
  static async open(options: SecretsOptions): Promise<Secrets> {
    const passphrase = options.environment?.FAZT_SECRET_KEY || undefined;
    const { db, clock } = options;
    return new Secrets(options, await openNodeKey({ db, at: clock(), passphrase }));
  }

  /** Secrets of a node that does not run: they are listed and removed, not opened. */
  static closed(options: SecretsOptions): Secrets {
    return new Secrets(options, { locked: "the node does not run" });
  }

  /** Why no secret can be used or kept; undefined when they can. */
  get locked(): string | undefined {
    return this.nodeKey.locked;
  }

  /**
   * Keeps a secret, over the one of its name.
   * @throws {FaztError} `INVALID`, `QUOTA`, `SECRETS_LOCKED`; never with the value in it.
   */
  async set(input: SecretInput): Promise<SecretInfo> {
    const { db, clock } = this.options;
    const { appId, name, value } = input;
    if (!NAME.test(name)) {
      throw invalid("its name is not one", "letters, digits, _ and -, such as STRIPE_KEY");
    }
    const plain = new TextEncoder().encode(value);
    if (!value.isWellFormed() || plain.length === 0 || plain.length > MAX_BYTES) {
      throw invalid(`its value has to be text of 1 to ${MAX_BYTES} bytes`);
    }
    if ((input.hosts?.length ?? 0) > MAX_HOSTS) throw invalid(`it names over ${MAX_HOSTS} hosts`);
    const patterns = (input.hosts ?? []).map((host) => parseHostPattern(host).text);
    const key = this.#key();
    const at = clock();
    const row = {
      app_id: appId ?? EVERY_APP,
      name,
      user_id: input.userId,
      hosts: JSON.stringify([...new Set(patterns)].sort()),
      created_at: this.#row(appId ?? EVERY_APP, name)?.created_at ?? at,
      updated_at: at,
    };
    await db.write(putSecret, { ...row, sealed: seal(key, plain, contextOf(row)) });
    return infoOf(row);
  }

  /** An app's own secrets and those of every app; without an id, all there are. */
  list(appId?: string): SecretInfo[] {
    const { reader } = this.options.db;
    const columns = "app_id, name, user_id, hosts, created_at, updated_at";
    const rows = appId === undefined
      ? reader.all<Visible>(`SELECT ${columns} FROM secrets ORDER BY app_id, name`)
      : reader.all<Visible>(
        `SELECT ${columns} FROM secrets WHERE app_id IN ('', ?) ORDER BY app_id, name`,
        appId,
      );
    return rows.map(infoOf);
  }

  /** Tells whether there was such a secret. */
  remove(ref: SecretRef): Promise<boolean> {
    return this.options.db.write(dropSecret, { appId: ref.appId ?? EVERY_APP, name: ref.name });
  }

  /**
   * The secret an app means by a name: its own before everybody's. For egress only.
   * @throws {FaztError} `SECRETS_LOCKED`, also when the row was tampered with.
   */
  reveal(appId: string, name: string): Revealed | undefined {
    const row = this.#row(appId, name) ?? this.#row(EVERY_APP, name);
    if (row === undefined) return undefined;
    const plain = unseal(this.#key(), row.sealed, contextOf(row));
    if (plain === undefined) throw locked(`${name} was not sealed by this node`);
    const value = new TextDecoder().decode(plain);
    return { value, hosts: JSON.parse(row.hosts), updatedAt: row.updated_at };
  }

  /**
   * A key of its own for one purpose, made from the node's (HKDF-SHA-256, RFC 5869).
   * @throws {FaztError} `SECRETS_LOCKED`
   */
  derive(purpose: string): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", this.#key(), "", `fazt ${purpose}`, 32));
  }

  #row(appId: string, name: string): SecretRow | undefined {
    return this.options.db.reader.get<SecretRow>(
      "SELECT * FROM secrets WHERE app_id = ? AND name = ?",
      appId,
      name,
    );
  }

  #key(): Uint8Array {
    if (this.nodeKey.key === undefined) throw locked(this.nodeKey.locked);
    return this.nodeKey.key;
  }
}

type Visible = Omit<SecretRow, "sealed">;

function infoOf(row: Visible): SecretInfo {
  return {
    ...(row.app_id === EVERY_APP ? {} : { appId: row.app_id }),
    name: row.name,
    hosts: JSON.parse(row.hosts),
    userId: row.user_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function invalid(why: string, hint?: string): FaztError {
  return new FaztError("INVALID", `Cannot keep this secret: ${why}`, hint ? { hint } : {});
}

function locked(why: string): FaztError {
  return new FaztError("SECRETS_LOCKED", `Cannot use secrets: ${why}`, {
    hint:
      "start the node with the FAZT_SECRET_KEY of before, or remove every secret and start it again",
    status: 409,
  });
}
