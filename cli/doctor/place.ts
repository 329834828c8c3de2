import { DEFINITIONS, type SettingKey, type SettingValue } from "../../kernel/config/mod.ts";
import type { Context } from "../context.ts";
import { localSetting, storedSetting } from "../local_setting.ts";

/** A setting for a check: where the database cannot be read, its own check says so. */
export function settingFor<K extends SettingKey>(ctx: Context, key: K): SettingValue<K> {
  try {
    return localSetting(ctx, key);
  } catch {
    return DEFINITIONS[key].fallback as SettingValue<K>;
  }
}

/** A setting as it was written, known to this version or not. */
export function rawSetting(ctx: Context, key: string): unknown {
  try {
    return storedSetting(ctx, key);
  } catch {
    return undefined;
  }
}

/** Whether a node is there for this machine alone. */
export function isLocalDomain(domain: string): boolean {
  return domain === "localhost" || domain.endsWith(".localhost");
}
