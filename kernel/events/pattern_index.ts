import type { EventPattern } from "./pattern.ts";

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  /** Of patterns that end here. */
  readonly exact: Set<T>;
  /** Of patterns that take in whatever follows. */
  readonly rest: Set<T>;
}

const makeNode = <T>(): Node<T> => ({ children: new Map(), exact: new Set(), rest: new Set() });

/**
 * Patterns as a tree of their segments: a look-up follows a type's own segments and the stars
 * beside them, however many patterns of other events there are.
 */
export class PatternIndex<T> {
  readonly #root: Node<T> = makeNode();

  add(pattern: EventPattern, value: T): void {
    let node = this.#root;
    for (const segment of pattern.fixed) {
      let next = node.children.get(segment);
      if (next === undefined) node.children.set(segment, next = makeNode());
      node = next;
    }
    (pattern.rest ? node.rest : node.exact).add(value);
  }

  remove(pattern: EventPattern, value: T): void {
    const path = [this.#root];
    for (const segment of pattern.fixed) {
      const next = path.at(-1)!.children.get(segment);
      if (next === undefined) return;
      path.push(next);
    }
    const last = path.at(-1)!;
    (pattern.rest ? last.rest : last.exact).delete(value);
    // Branches that lead nowhere go, or a node that runs for years would only ever grow.
    for (let i = path.length - 1; i > 0; i--) {
      const { children, exact, rest } = path[i]!;
      if (children.size + exact.size + rest.size > 0) return;
      path[i - 1]!.children.delete(pattern.fixed[i - 1]!);
    }
  }

  /** The values of every pattern that takes in this type. */
  match(type: string): Set<T> {
    const segments = type.split(".");
    const found = new Set<T>();
    let level = [this.#root];
    segments.forEach((segment, i) => {
      const keys = i === 0 && segment.startsWith("app:") ? [segment, "app:*", "*"] : [segment, "*"];
      for (const node of level) for (const value of node.rest) found.add(value);
      level = level.flatMap((node) => keys.flatMap((key) => node.children.get(key) ?? []));
    });
    for (const node of level) for (const value of node.exact) found.add(value);
    return found;
  }
}
