import { type Node, parse } from "acorn";
import { refuse } from "./build_failure.ts";

/** Syntax that would reach outside the finished module. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "ImportDeclaration",
  "ImportExpression",
  "ExportAllDeclaration",
  "MetaProperty:import",
]);

/**
 * Refuses a finished module that still reaches outside itself. esbuild leaves nothing of the
 * kind; this is the second net, made by another parser, so it reads the whole module.
 * @throws {BuildFailure}
 */
export function checkModule(code: string): void {
  const pending: Node[] = [parseModule(code)];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const kind = kindOf(node);
    if (FORBIDDEN.has(kind)) {
      refuse({ message: `the finished module still has an import (${kind})` });
    }
    for (const child of Object.values(node) as unknown[]) {
      if (Array.isArray(child)) { for (const item of child) if (isNode(item)) pending.push(item); }
      else if (isNode(child)) pending.push(child);
    }
  }
}

function parseModule(code: string): Node {
  try {
    return parse(code, { ecmaVersion: "latest", sourceType: "module" });
  } catch (error) {
    return refuse({ message: `the finished module cannot be read: ${(error as Error).message}` });
  }
}

function kindOf(node: Node): string {
  const { type, meta, source } = node as Node & { meta?: { name: string }; source?: unknown };
  if (type === "MetaProperty") return `${type}:${meta?.name}`;
  return type === "ExportNamedDeclaration" && source ? "ExportAllDeclaration" : type;
}

function isNode(value: unknown): value is Node {
  return typeof (value as Node | null)?.type === "string";
}
