import type { Grants } from "./api_types.ts";
import { styled } from "./format.ts";
import type { Line } from "./output.ts";
import { facts, table } from "./table.ts";

/** An app's grants, and the Deno permission object of the realm it runs in. */
export function grantLines(app: string, grants: Grants): Line[] {
  const row = (name: string, state: ReturnType<typeof styled>) =>
    [name, state, grants.meanings?.[name] ?? ""] as const;
  const rows = [
    ...grants.approved.map((name) => row(name, styled("green", "approved"))),
    ...grants.pending.map((name) => row(name, styled("yellow", "pending"))),
  ];
  const permissions = Object.entries(grants.permissions).map(([name, allowed]) =>
    [name, JSON.stringify(allowed)] as const
  );
  return [
    ...rows.length === 0 ? ["No grants"] : table(["GRANT", "STATE", "LETS IT"], rows),
    "",
    [styled("bold", "Deno permissions of its realm")],
    ...facts(permissions),
    ...grants.pending.length > 0 ? ["", `Approve: fazt app grants approve ${app}`] : [],
  ];
}
