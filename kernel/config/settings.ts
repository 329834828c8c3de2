import type { Database } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { nearest } from "../lib/nearest.ts";
import { z } from "../lib/zod.ts";
import { type Definition, DEFINITIONS, type SettingKey, type SettingValue } from "./definitions.ts";
import { deleteSetting, writeSetting } from "./operations.ts";

/** Where a value came from; earlier wins. */
export type SettingSource = "flag" | "environment" | "database" | "default";

/** One row of {@link Settings.list}. */
export interface SettingInfo {
  readonly key: SettingKey;
  readonly value: unknown;
  readonly source: SettingSource;
  readonly default: unknown;
  readonly about: string;
  /** A change waits for the next start. */
  readonly restart: boolean;
}

/** The environment variable of a setting: `server.port` is `FAZT_SERVER_PORT`. */
export function settingVariable(key: string): string {
  return `FAZT_${key.replaceAll(".", "_").toUpperCase()}`;
}

/** Checks that a name is a setting's, naming the closest one when it is not. */
export function settingKey(name: string): SettingKey {
  if (Object.hasOwn(DEFINITIONS, name)) return name as SettingKey;
  const near = nearest(name, Object.keys(DEFINITIONS));
  throw new FaztError("NOT_FOUND", `There is no setting "${name}"`, {
    hint: near ? `did you mean ${near}?` : "fazt config list shows every setting",
  });
}

/** Reads a value a person typed: JSON where it is, else text. */
export function parseSetting<K extends SettingKey>(key: K, input: unknown): SettingValue<K> {
  const value = typeof input === "string" ? fromText(input) : input;
  const parsed = DEFINITIONS[key].schema.safeParse(value);
  if (parsed.success) return parsed.data as SettingValue<K>;
  throw new FaztError("INVALID", `Cannot set ${key}: ${z.prettifyError(parsed.error)}`, {
    hint: `it is: ${DEFINITIONS[key].about} (default ${DEFINITIONS[key].fallback})`,
  });
}

function fromText(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Options of {@link Settings.load}. */
export interface SettingsOptions {
  /** What was said on the command line, already as values. */
  readonly flags?: Partial<Record<SettingKey, unknown>>;
  /** The process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Every setting's current value, resolved flag > environment > database > default. */
export class Settings {
  readonly #values = new Map<SettingKey, { value: unknown; source: SettingSource }>();
  readonly #watchers = new Map<SettingKey, ((value: never) => void)[]>();
  readonly #warnings: string[] = [];

  private constructor(
    private readonly db: Database,
    private readonly options: SettingsOptions,
  ) {
    for (const key of Object.keys(DEFINITIONS) as SettingKey[]) {
      this.#values.set(key, this.#resolve(key));
    }
  }

  /** Reads them all once; from here on a read is a map look-up. */
  static load(db: Database, options: SettingsOptions = {}): Settings {
    return new Settings(db, options);
  }

  /** What was found in the database and cannot be used. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  get<K extends SettingKey>(key: K): SettingValue<K> {
    return this.#values.get(key)!.value as SettingValue<K>;
  }

  /**
   * Keeps a value in the database and applies it.
   * @throws {FaztError} `NOT_FOUND` for a wrong name, `INVALID` for a wrong value.
   */
  async set(name: string, input: unknown, at: number): Promise<SettingInfo> {
    const key = settingKey(name);
    const value = parseSetting(key, input);
    await this.db.write(writeSetting, { key, value: JSON.stringify(value), at });
    this.#apply(key);
    return this.info(key);
  }

  /** Goes back to what rules without the database. */
  async unset(name: string): Promise<SettingInfo> {
    const key = settingKey(name);
    await this.db.write(deleteSetting, { key });
    this.#apply(key);
    return this.info(key);
  }

  /** Calls `watcher` with each new value of a setting. */
  watch<K extends SettingKey>(key: K, watcher: (value: SettingValue<K>) => void): void {
    const list = this.#watchers.get(key) ?? [];
    list.push(watcher);
    this.#watchers.set(key, list);
  }

  info(key: SettingKey): SettingInfo {
    const { value, source } = this.#values.get(key)!;
    const { fallback, about, restart }: Definition = DEFINITIONS[key];
    return { key, value, source, default: fallback, about, restart: restart ?? false };
  }

  list(): SettingInfo[] {
    return [...this.#values.keys()].map((key) => this.info(key));
  }

  #apply(key: SettingKey): void {
    const next = this.#resolve(key);
    this.#values.set(key, next);
    for (const watcher of this.#watchers.get(key) ?? []) watcher(next.value as never);
  }

  #resolve(key: SettingKey): { value: unknown; source: SettingSource } {
    const flag = this.options.flags?.[key];
    if (flag !== undefined) return { value: parseSetting(key, flag), source: "flag" };
    const variable = this.options.environment?.[settingVariable(key)];
    if (variable !== undefined && variable !== "") {
      return { value: parseSetting(key, variable), source: "environment" };
    }
    const row = this.db.reader.get<{ value: string }>(
      "SELECT value FROM settings WHERE key = ?",
      key,
    );
    const fallback = { value: DEFINITIONS[key].fallback, source: "default" } as const;
    if (row === undefined) return fallback;
    try {
      return { value: parseSetting(key, JSON.parse(row.value)), source: "database" };
    } catch (error) {
      // What another version kept must not keep this one from starting.
      this.#warnings.push(`${(error as Error).message}; the default holds`);
      return fallback;
    }
  }
}
