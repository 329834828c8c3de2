import type { Context } from "../context.ts";

/** What one check found. */
export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warn" | "fail";
  readonly about: string;
  /** What to do; always there when something is wrong. */
  readonly fix?: string;
}

/** Looks at one thing. It throws only when the looking itself is broken. */
export type Check = (ctx: Context) => Promise<Finding> | Finding;

/** All is well. */
export function ok(check: string, about: string): Finding {
  return { check, state: "ok", about };
}

/** It works, but it should be looked at. */
export function warn(check: string, about: string, fix: string): Finding {
  return { check, state: "warn", about, fix };
}

/** It does not work. */
export function fail(check: string, about: string, fix: string): Finding {
  return { check, state: "fail", about, fix };
}
