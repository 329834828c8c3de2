import { isOwnHost } from "../egress/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { nearest } from "../lib/nearest.ts";
import type { AppContext } from "./app_context.ts";
import { changeGrants } from "./app_operations.ts";
import type { AppRow } from "./app_store.ts";
import { grantList } from "./app_views.ts";
import { refuseUnsafe } from "./grant_policy.ts";
import { parseGrant } from "./grants.ts";
import type { Actor, GrantList } from "./shapes.ts";

/** What to approve and what to take back. */
export interface GrantChange {
  readonly approve?: readonly string[];
  readonly revoke?: readonly string[];
}

/** What the served revision asks for and what of it is approved. */
export function grantsOf({ live, store }: AppContext, row: AppRow): GrantList {
  return grantList(live.manifest(row), store.approved(row.id));
}

/**
 * Approves what an app asks for, and revokes.
 * @throws {FaztError} `FORBIDDEN` for all but administrators, `INVALID` for what is not asked for.
 */
export async function changeApprovals(
  context: AppContext,
  row: AppRow,
  { change, by }: { readonly change: GrantChange; readonly by: Actor },
): Promise<void> {
  if (!by.admin) {
    throw new FaztError("FORBIDDEN", "Cannot change grants: only an administrator may", {
      hint: "ask the owner of this node",
    });
  }
  const { deps, live } = context;
  const { requested } = grantsOf(context, row);
  const approve = (change.approve ?? []).map((text) => parseGrant(text).text);
  for (const text of approve) {
    if (!requested.includes(text)) throw notAsked(text, { row, requested });
    refuseUnsafe(text, nodeSecrets(context));
  }
  await deps.db.write(changeGrants, {
    id: row.id,
    approve,
    revoke: (change.revoke ?? []).map((text) => text.trim()),
    userId: by.userId,
    at: deps.clock(),
  });
  live.changed(row.id);
}

/** What no grant may open, as it is now. */
export function nodeSecrets({ deps }: Pick<AppContext, "deps">) {
  const own = Number(new URL(deps.baseUrl()).port || 80);
  return {
    databasePath: deps.db.path,
    ports: [deps.settings.get("server.port"), own],
    isOwnHost: (host: string) => isOwnHost(deps, host),
  };
}

function notAsked(
  text: string,
  { row, requested }: { readonly row: AppRow; readonly requested: readonly string[] },
): FaztError {
  const near = nearest(text, requested);
  return new FaztError("INVALID", `Cannot approve "${text}": "${row.name}" does not ask for it`, {
    hint: near
      ? `did you mean ${near}?`
      : `fazt app grants show ${row.name} lists what it asks for`,
  });
}
