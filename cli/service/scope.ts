import { existsSync } from "node:fs";
import { FaztError } from "../../kernel/lib/fazt_error.ts";
import type { Io } from "../io.ts";
import { type Scope, unitPath } from "./plan.ts";

/** The service that is meant: the one said, else the one that is installed. */
export function scopeOf(flags: { readonly "user-unit"?: boolean }, env: Io["env"]): Scope {
  if (flags["user-unit"]) return "user";
  const mine = env.HOME && existsSync(unitPath("user", env));
  return mine && !existsSync(unitPath("system", env)) ? "user" : "system";
}

/** @throws {FaztError} `NOT_FOUND` where no such unit is installed. */
export function needInstalled(scope: Scope, env: Io["env"]): void {
  const path = unitPath(scope, env);
  if (existsSync(path)) return;
  throw new FaztError("NOT_FOUND", `There is no service: ${path} does not exist`, {
    hint: scope === "system"
      ? "sudo fazt service install, or fazt service install --user-unit"
      : "fazt service install --user-unit",
    status: 404,
  });
}

/** Only root changes what belongs to the machine. @throws {FaztError} `FORBIDDEN`. */
export function needRoot(scope: Scope, env: Io["env"], command: string): void {
  if (scope === "user" || env.DESTDIR || Deno.uid() === 0) return;
  throw new FaztError("FORBIDDEN", "Cannot change a service of the machine: you are not root", {
    hint: `sudo fazt ${command}, or add --user-unit for a service of your own`,
    status: 403,
  });
}
