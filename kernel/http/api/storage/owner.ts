import type { Context } from "hono";
import { isId, SYSTEM_USER } from "../../../lib/ids.ts";
import { z } from "../../../lib/zod.ts";
import type { Owner } from "../../../storage/mod.ts";
import { appFor, recordChange } from "../guards.ts";
import { readQuery } from "../input.ts";
import type { ApiEnv, ApiServices } from "../services.ts";

/** Whose rows a query is about. */
export const whose = z.object({
  /** A person's rows instead of those of the whole app. */
  user: z.string().refine((text) => isId("usr", text), "must be an id such as usr_…").optional(),
});

/** Whose rows a route is about, if the principal may see or change them. */
export function ownerFor(
  c: Context<ApiEnv>,
  services: ApiServices,
  scope: "read" | "admin",
): { owner: Owner; name: string; changed: (action: string, details: object) => void } {
  const { id, name } = appFor(c, services, scope);
  const { user } = readQuery(c, whose);
  return {
    owner: { appId: id, userId: user ?? SYSTEM_USER },
    name,
    /** Writes down what was done to the app's rows. */
    changed: (action, details) =>
      recordChange(c, services, {
        action: `storage.${action}`,
        target: name,
        details: { ...details, ...(user === undefined ? {} : { user }) },
      }),
  };
}

/** A field that has to be there, whatever it holds. */
export const given = z.unknown().refine((value) => value !== undefined, "is missing");
