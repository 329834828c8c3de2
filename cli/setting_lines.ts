import type { SettingInfo } from "./api_types.ts";
import type { Line } from "./output.ts";

/** What a changed setting prints. */
export function changedLines(setting: SettingInfo, where: string): Line[] {
  const later = setting.restart ? "; it counts from the next start" : "";
  const ruled = setting.source === "flag" || setting.source === "environment"
    ? [
      `warning: a ${
        setting.source === "flag" ? "flag" : "variable"
      } of the running node overrides it`,
    ]
    : [];
  return [`${setting.key} is ${JSON.stringify(setting.value)} on ${where}${later}`, ...ruled];
}
