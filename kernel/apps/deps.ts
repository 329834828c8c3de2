import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Vfs } from "../fs/mod.ts";
import type { Clock } from "../lib/clock.ts";
import type { HostTable } from "../net/mod.ts";
import type { Bundler } from "./bundler.ts";
import type { AppActivity } from "./shapes.ts";

/** What {@link Apps} works with. */
export interface AppsDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly vfs: Vfs;
  readonly hosts: HostTable;
  readonly bundler: Bundler;
  readonly clock: Clock;
  /** Where the node answers, such as `http://localhost:8080`. */
  readonly baseUrl: () => string;
  /** The node's own version (Semantic Versioning). */
  readonly version: string;
  /** Told of every change that was asked for, done or failed. */
  readonly record: (activity: AppActivity) => void;
}
