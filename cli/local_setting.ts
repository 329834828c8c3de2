import {
  DEFINITIONS,
  parseSetting,
  type SettingKey,
  type SettingValue,
  settingVariable,
} from "../kernel/config/mod.ts";
import type { Context } from "./context.ts";
import { readDatabase } from "./local_database.ts";

type Place = Pick<Context, "dbPath" | "io">;

/** A setting as a node on the local database would find it. @throws {FaztError} `INVALID`. */
export function localSetting<K extends SettingKey>(place: Place, key: K): SettingValue<K> {
  const said = storedSetting(place, key);
  return said === undefined
    ? DEFINITIONS[key].fallback as SettingValue<K>
    : parseSetting(key, said);
}

/** The same as it was written, unchecked; undefined where nobody says. */
export function storedSetting({ dbPath, io }: Place, key: string): unknown {
  return io.env[settingVariable(key)] || readDatabase(dbPath, (db) => {
    const row = db.get<{ value: string }>("SELECT value FROM settings WHERE key = ?", key);
    return row && JSON.parse(row.value);
  });
}
