import type { Lineage, LineageNode } from "./api_types.ts";
import { styled } from "./format.ts";
import type { Line } from "./output.ts";

/** The tree of a line of forks; the app that was asked for stands out. */
export function lineageLines({ id, nodes }: Lineage): Line[] {
  const ids = new Set(nodes.map((node) => node.id));
  const children = Map.groupBy(
    nodes,
    ({ parentId }) => parentId !== undefined && ids.has(parentId) ? parentId : "",
  );
  const lines: Line[] = [];
  // A stack of our own: a line of forks may be longer than what the engine nests.
  const left = [...children.get("") ?? []].reverse().map((node) => ({ node, lead: "", stem: "" }));
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { node, lead, stem } = next;
    lines.push([lead, ...labelOf(node, node.id === id)]);
    const below = children.get(node.id) ?? [];
    for (let i = below.length - 1; i >= 0; i--) {
      const last = i === below.length - 1;
      left.push({
        node: below[i]!,
        lead: `${stem}${last ? "└─ " : "├─ "}`,
        stem: `${stem}${last ? "   " : "│  "}`,
      });
    }
  }
  return lines;
}

function labelOf({ id, name, state }: LineageNode, here: boolean) {
  const shown = name ?? id;
  return [
    here ? styled("bold", shown) : shown,
    ...(name === undefined ? [] : [`  ${id}`]),
    ...(state === "active" ? [] : [state === "kept" ? "  removed, its data is kept" : "  gone"]),
    ...(here ? ["  <- this one"] : []),
  ];
}
