export { type Definition, DEFINITIONS, type SettingKey, type SettingValue } from "./definitions.ts";
export {
  parseSetting,
  type SettingInfo,
  settingKey,
  Settings,
  type SettingsOptions,
  settingVariable,
} from "./settings.ts";
