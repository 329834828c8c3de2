export { type SettingKey, type SettingValue } from "./definitions.ts";
export {
  parseSetting,
  type SettingInfo,
  settingKey,
  Settings,
  SETTINGS_WRITES,
  type SettingsOptions,
} from "./settings.ts";
