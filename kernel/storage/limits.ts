import type { SettingKey, Settings } from "../config/mod.ts";

/** A limit of storage that is a number, without the `limits.` before it. */
export type StorageLimit = Extract<SettingKey, `limits.storage.${string}`> extends
  `limits.${infer K}` ? K : never;

/** What storage allows an app: the owner's setting, or less where its `app.json` asks for less. */
export class StorageLimits {
  constructor(
    private readonly settings: Settings,
    /** The part `limits` of the app's manifest, by dotted path. */
    private readonly asked: (appId: string, limit: StorageLimit) => number | undefined = () =>
      undefined,
  ) {}

  of(appId: string, limit: StorageLimit): number {
    const allowed = this.settings.get(`limits.${limit}`);
    const asked = this.asked(appId, limit);
    return asked === undefined ? allowed : Math.min(asked, allowed);
  }
}
