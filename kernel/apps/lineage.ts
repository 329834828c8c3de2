import type { AppContext } from "./app_context.ts";
import type { AppRow } from "./app_store.ts";
import type { Lineage, LineageNode } from "./shapes.ts";

/**
 * Everything that descends from an app's origin and lives, with the ancestors that lead there:
 * those that were removed are `gone`, those whose name nobody knows any more have none.
 */
export function lineage({ store }: AppContext, row: AppRow): Lineage {
  const origin = row.origin_id ?? row.id;
  const known = new Map(store.family(origin).map((node) => [node.id, node]));
  const shown = new Map<string, LineageNode>();
  const living = [...known.values()].filter(({ state }) => state !== "gone");
  for (const { id } of living) {
    let next: string | undefined = id;
    while (next !== undefined && !shown.has(next)) {
      const node: LineageNode = known.get(next) ?? { id: next, state: "gone" };
      shown.set(next, node);
      next = node.parentId ?? (next === origin ? undefined : origin);
    }
  }
  return { id: row.id, origin, nodes: [...shown.values()].sort(byAge) };
}

function byAge(a: LineageNode, b: LineageNode): number {
  return (a.createdAt ?? 0) - (b.createdAt ?? 0) || (a.id < b.id ? -1 : 1);
}
