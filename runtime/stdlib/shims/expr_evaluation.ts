import type { CoreExpression, Expression } from "jsep";
import { FUNCTIONS, LIST_FUNCTIONS } from "./expr_functions.ts";
import { calculate, compare, contains, describe, same } from "./expr_operators.ts";
import { failure } from "./failure.ts";

/**
 * Parts of an expression that may be evaluated; they count anew for each element of a list. Some
 * tenths of a second.
 */
const MAX_STEPS = 1_000_000;
/** Characters of all texts one expression may make. */
const MAX_TEXT = 1_000_000;

/** What a name inside a function over a list stands for: the element. */
interface Element {
  readonly value: unknown;
}

type Node = CoreExpression | {
  readonly type: "ConditionalExpression";
  readonly test: Expression;
  readonly consequent: Expression;
  readonly alternate: Expression;
};
type NodeOf<T extends Node["type"]> = Extract<Node, { readonly type: T }>;

/** One evaluation of one expression, with what is left of its limits. */
export class Evaluation {
  #steps = 0;
  #text = 0;

  constructor(private readonly env: Readonly<Record<string, unknown>>) {}

  /** The value of a part. */
  run(part: Expression | null, it?: Element): unknown {
    this.#spend(1);
    const node = part as Node | null;
    switch (node?.type) {
      case "Literal":
        return literal(node);
      case "Identifier":
        return this.#name(node.name, it);
      case "ArrayExpression":
        return node.elements.map((element) => this.run(element, it));
      case "UnaryExpression": {
        const value = this.run(node.argument, it);
        return node.operator === "!" ? !value : calculate("-", 0, value);
      }
      case "ConditionalExpression":
        return this.run(this.run(node.test, it) ? node.consequent : node.alternate, it);
      case "BinaryExpression":
        return this.#binary(node, it);
      case "MemberExpression":
        return this.#member(node, it);
      case "CallExpression":
        return this.#call(node, it);
      case "ThisExpression":
        throw invalid('"this" means nothing here');
      default:
        throw invalid(isEmpty(node) ? "something is missing" : "it is more than one expression");
    }
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps <= MAX_STEPS) return;
    throw failure("EXPR_LIMIT", `it takes more than ${MAX_STEPS} steps`);
  }

  #name(name: string, it: Element | undefined): unknown {
    if (name === "it" && it !== undefined) return it.value;
    if (Object.hasOwn(this.env, name)) return value(this.env[name], name);
    const known = Object.keys(this.env).slice(0, 20).join(", ");
    throw invalid(`there is no name "${name}"; there is ${known || "none"}`);
  }

  #binary({ operator, left, right }: NodeOf<"BinaryExpression">, it: Element | undefined): unknown {
    const a = this.run(left, it);
    switch (operator) {
      case "&&":
        return a && this.run(right, it);
      case "||":
        return a || this.run(right, it);
      case "??":
        return a ?? this.run(right, it);
    }
    const b = this.run(right, it);
    this.#spend(weight(a) + weight(b));
    switch (operator) {
      case "==":
      case "===":
        return same(a, b);
      case "!=":
      case "!==":
        return !same(a, b);
      case "in":
        return contains(b, a);
      case "<":
      case ">":
      case "<=":
      case ">=":
        return compare(operator, a, b);
      default:
        return this.#made(calculate(operator, a, b));
    }
  }

  #member(node: NodeOf<"MemberExpression">, it: Element | undefined): unknown {
    const object = this.run(node.object, it);
    const property = node.property as NodeOf<"Identifier">;
    const key = node.computed ? this.run(node.property, it) : property.name;
    if (object === undefined || object === null) {
      if (isOptional(node)) return undefined;
      throw invalid(
        `there is no "${describe(key)}" of ${describe(object)}; write ?. where it may lack`,
      );
    }
    if (typeof key !== "string" && typeof key !== "number") {
      throw invalid(`a key is text or a number, not ${describe(key)}`);
    }
    // Only data: nothing that a list, a text or an object inherits, such as `constructor`.
    const own = typeof object === "object" || typeof object === "string";
    if (!own || !Object.hasOwn(Object(object), key)) return undefined;
    return value((object as Record<string, unknown>)[key], String(key));
  }

  #call({ callee, arguments: parts }: NodeOf<"CallExpression">, it: Element | undefined): unknown {
    const name = (callee as Node).type === "Identifier"
      ? (callee as NodeOf<"Identifier">).name
      : "";
    const own = Object.hasOwn(this.env, name) ? this.env[name] : undefined;
    const overList = typeof own === "function" ? undefined : LIST_FUNCTIONS.get(name);
    if (overList !== undefined) {
      const list = this.run(parts[0] ?? null, it);
      if (!Array.isArray(list)) throw invalid(`${name}() goes over a list, not ${describe(list)}`);
      return overList(list, (value) => this.run(parts[1] ?? null, { value }));
    }
    const call = typeof own === "function" ? own : FUNCTIONS.get(name);
    if (call === undefined) {
      const known = [...LIST_FUNCTIONS.keys(), ...FUNCTIONS.keys()].sort().join(", ");
      throw invalid(`there is no function "${name}"; there is ${known}`);
    }
    const values = parts.map((part) => this.run(part, it));
    for (const value of values) this.#spend(weight(value));
    return this.#made(call(...values));
  }

  #made(made: unknown): unknown {
    this.#text += typeof made === "string" ? made.length : 0;
    if (this.#text <= MAX_TEXT) return made;
    throw failure("EXPR_LIMIT", `it makes texts of more than ${MAX_TEXT} characters`);
  }
}

/** Steps that looking through a value is worth. */
function weight(value: unknown): number {
  if (typeof value === "string") return Math.ceil(value.length / 1000);
  return Array.isArray(value) ? Math.ceil(value.length / 20) : 0;
}

function isEmpty(node: NodeOf<"Compound" | "SequenceExpression"> | undefined | null): boolean {
  return node === undefined || node === null ||
    (node.type === "Compound" && node.body.length === 0);
}

/** jsep takes the letter of an escape it does not know for itself. */
function literal({ value, raw }: NodeOf<"Literal">): unknown {
  const unknown = /^["']/.test(raw) ? /^(?:[^\\]|\\[^ux\d])*(\\[ux\d])/.exec(raw)?.[1] : undefined;
  if (unknown !== undefined) throw invalid(`the escape ${unknown} is not known`);
  return value;
}

/** Whether a `?.` stands anywhere in the chain that leads here, as in `a?.b.c`. */
function isOptional(node: NodeOf<"MemberExpression">): boolean {
  for (let at: Node = node; at.type === "MemberExpression"; at = at.object as Node) {
    if (at.optional) return true;
  }
  return false;
}

/** Functions are called, never handed around. */
function value(found: unknown, name: string): unknown {
  if (typeof found === "function") throw invalid(`"${name}" is a function and no value`);
  return found;
}

function invalid(message: string): Error {
  return failure("EXPR_INVALID", message);
}
