import project from "../deno.json" with { type: "json" };

/** Set by builds: what they were told to be. */
declare const FAZT_BUILD:
  | { readonly version?: string; readonly releaseKeys?: readonly string[] }
  | undefined;

const build = typeof FAZT_BUILD === "undefined" ? {} : FAZT_BUILD;

/** The version of this executable (semver). */
export const VERSION: string = build.version ?? project.version;
/** Ed25519 public keys, in base64, of whoever may sign what replaces this executable. */
export const RELEASE_KEYS: readonly string[] = build.releaseKeys ?? [];
