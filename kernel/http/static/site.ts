import type { RateRule } from "../../guard/mod.ts";
import type { CorsRule } from "../../lib/cors.ts";

/** What static serving needs to know of an app's current revision. */
export interface Site {
  readonly appId: string;
  readonly revision: number;
  /** Unknown paths without an extension get `index.html`. */
  readonly spa: boolean;
  /** `/about` gets `about.html`. */
  readonly cleanUrls: boolean;
  /** Header rules in order; `path` is a glob where `*` stays in a part and `**` does not. */
  readonly headers: readonly HeaderRule[];
  /** Which pages of other sites may read what the app answers. */
  readonly cors: CorsRule | undefined;
  /** First match wins. */
  readonly redirects: readonly RedirectRule[];
  /** Whether `/api` goes to the app's server code. */
  readonly hasServer: boolean;
  /** The app's own rules for paths of its code. */
  readonly rates: readonly RateRule[];
  /** Whether its visitors may be counted. */
  readonly analytics: boolean;
  /** Header fields of a request that the app takes at most, bytes; Infinity leaves it to the node. */
  readonly headerBytes: number;
}

export interface HeaderRule {
  readonly path: string;
  readonly set: Readonly<Record<string, string>>;
}

export interface RedirectRule {
  /** A path; a final `/*` matches the rest, which replaces `:splat` in `to`. */
  readonly from: string;
  readonly to: string;
  readonly status: number;
}
