import { opensMachine } from "../../apps/mod.ts";

/** A request for a dangerous route, as far as it decides how dangerous it is. */
export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  /** The JSON body; undefined where there is none that can be read. */
  readonly body: () => Promise<unknown>;
}

/** A route that asks a session for a fresh proof of who its owner is. */
export interface DangerousRoute {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  /** As the router has it. */
  readonly path: string;
  /** What makes it dangerous; without it, every call is. */
  readonly when?: (asked: Asked) => boolean | Promise<boolean>;
}

/** Settings that decide who gets in, where the node answers, whom it trusts, where copies go. */
const GUARDED_SETTINGS =
  /^(?:session|owner|activity|backup|server|upgrade|acme|certificates|dns|sources)\./;

const field = async (asked: Asked, name: string): Promise<unknown> => {
  const body = await asked.body();
  return typeof body === "object" && body !== null
    ? (body as Record<string, unknown>)[name]
    : undefined;
};

const guardsSetting = (key: unknown) => typeof key === "string" && GUARDED_SETTINGS.test(key);

/**
 * Every action that a stolen session must not be enough for: what makes credentials, destroys what
 * cannot be brought back at once, or opens the node or its machine. Whoever adds such a route adds
 * a line.
 */
export const DANGEROUS: readonly DangerousRoute[] = [
  { method: "POST", path: "/api/keys" },
  { method: "POST", path: "/api/owner-links" },
  { method: "PATCH", path: "/api/owner" },
  { method: "PUT", path: "/api/owner/password" },
  { method: "DELETE", path: "/api/owner/password" },
  { method: "POST", path: "/api/owner/totp" },
  { method: "POST", path: "/api/owner/totp/confirm" },
  { method: "DELETE", path: "/api/owner/totp" },
  { method: "POST", path: "/api/owner/recovery-codes" },
  { method: "POST", path: "/api/owner/passkeys/options" },
  { method: "POST", path: "/api/owner/passkeys" },
  { method: "PATCH", path: "/api/owner/passkeys/:id" },
  { method: "DELETE", path: "/api/owner/passkeys/:id" },
  { method: "DELETE", path: "/api/apps/:ref" },
  {
    method: "POST",
    path: "/api/apps/:ref/grants",
    when: async (asked) => {
      const approve = await field(asked, "approve");
      return Array.isArray(approve) && approve.some((text) => opensMachine(String(text)));
    },
  },
  { method: "POST", path: "/api/users/:id/erase" },
  { method: "POST", path: "/api/users/:id/anonymise" },
  {
    method: "POST",
    path: "/api/sql",
    when: async (asked) => ![undefined, false].includes(await field(asked, "write") as boolean),
  },
  {
    method: "POST",
    path: "/api/upgrade",
    when: async (asked) => await field(asked, "check") !== true,
  },
  { method: "POST", path: "/api/certificates/:name/revoke" },
  { method: "PUT", path: "/api/certificates/secrets" },
  { method: "PUT", path: "/api/backups/secrets" },
  { method: "DELETE", path: "/api/backups/:id" },
  {
    method: "PUT",
    path: "/api/system/config",
    when: async (asked) => guardsSetting(await field(asked, "key")),
  },
  {
    method: "DELETE",
    path: "/api/system/config/:key",
    when: ({ params }) => guardsSetting(params.key),
  },
];
