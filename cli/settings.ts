import type { SettingInfo } from "./api_types.ts";
import { apiPath } from "./client.ts";
import type { Context } from "./context.ts";
import { withNode } from "./with_node.ts";
import { changedLines } from "./setting_lines.ts";

/** Every setting, of the running node or straight from its database. */
export function listSettings(ctx: Context): Promise<readonly SettingInfo[]> {
  return withNode(ctx, {
    running: (api) => api.get<SettingInfo[]>("/api/system/config"),
    stopped: ({ settings }) => settings.list(),
  });
}

/** Changes a setting and says so. */
export async function setSetting(ctx: Context, key: string, value: string): Promise<void> {
  const setting = await withNode<SettingInfo>(ctx, {
    running: (api) => api.put("/api/system/config", { key, value }),
    stopped: ({ settings, clock }) => settings.set(key, value, clock()),
  });
  report(ctx, setting);
}

/** Gives a setting its default back and says so. */
export async function unsetSetting(ctx: Context, key: string): Promise<void> {
  const setting = await withNode<SettingInfo>(ctx, {
    running: (api) => api.delete(apiPath`/api/system/config/${key}`),
    stopped: ({ settings }) => settings.unset(key),
  });
  report(ctx, setting);
}

function report({ out, peer }: Context, setting: SettingInfo): void {
  out.result(setting, () => changedLines(setting, peer === undefined ? "the node" : `@${peer}`));
}
