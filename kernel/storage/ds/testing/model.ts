// Documents as plain values in memory, written from the specification alone: what the pillar is
// compared with. Slow and simple.

/** A value as an app sees it. */
// deno-lint-ignore no-explicit-any -- a model of everything that can be stored.
type Any = any;

const isObject = (v: Any) =>
  typeof v === "object" && v !== null && !Array.isArray(v) && !(v instanceof Date) &&
  !(v instanceof Uint8Array);
const own = (o: Any, k: string) => Object.hasOwn(o, k) ? o[k] : undefined;

/** The place of a value's kind in the order of kinds. */
function rank(v: Any): number {
  if (v === null) return 0;
  if (typeof v === "number") return 1;
  if (typeof v === "string") return 2;
  if (typeof v === "boolean") return 3;
  if (v instanceof Date) return 4;
  if (v instanceof Uint8Array) return 5;
  return isObject(v) ? 6 : 7;
}

function order(a: Any, b: Any): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (rank(a) === 0) return 0;
  if (typeof a === "string") {
    const [x, y] = [a, b].map((s) => [...s as string].map((c) => c.codePointAt(0)!));
    return lists(x!, y!, (p, q) => p - q);
  }
  if (a instanceof Uint8Array) return lists([...a], [...b], (p, q) => p - q);
  if (Array.isArray(a)) return lists(a, b, order);
  if (isObject(a)) {
    const flat = (o: Any) => Object.keys(o).sort((p, q) => order(p, q)).flatMap((k) => [k, o[k]]);
    return lists(flat(a), flat(b), order);
  }
  return Number(a) - Number(b);
}

function lists<T>(a: readonly T[], b: readonly T[], by: (x: T, y: T) => number): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const o = by(a[i]!, b[i]!);
    if (o !== 0) return o;
  }
  return a.length - b.length;
}

const same = (a: Any, b: Any) => order(a, b) === 0;

function values(v: Any, names: string[]): Any[] {
  if (names.length === 0) return [v];
  const [name, ...rest] = names as [string, ...string[]];
  if (Array.isArray(v)) {
    const place = /^\d+$/.test(name) && Number(name) < v.length ? [v[Number(name)]] : [];
    const inner = v.filter((i) => isObject(i) && Object.hasOwn(i, name)).map((i) => i[name]);
    return [...place, ...inner].flatMap((i) => values(i, rest));
  }
  return isObject(v) && Object.hasOwn(v, name) ? values(v[name], rest) : [];
}

/** The values themselves and the items of those that are arrays. */
const spread = (found: Any[]) => found.flatMap((v) => Array.isArray(v) ? [v, ...v] : [v]);

function holds(found: Any[], cond: Any): boolean {
  const operators = isObject(cond) && Object.keys(cond).some((k) => k.startsWith("$"));
  if (!operators) return holds(found, { $eq: cond });
  return Object.entries<Any>(cond).every(([op, arg]) => {
    const all = spread(found);
    switch (op) {
      case "$eq":
        return all.some((v) => same(v, arg)) || arg === null && found.length === 0;
      case "$ne":
        return !holds(found, { $eq: arg });
      case "$in":
        return arg.some((one: Any) => holds(found, { $eq: one }));
      case "$nin":
        return !holds(found, { $in: arg });
      case "$gt":
        return all.some((v) => rank(v) === rank(arg) && order(v, arg) > 0);
      case "$gte":
        return all.some((v) => rank(v) === rank(arg) && order(v, arg) >= 0);
      case "$lt":
        return all.some((v) => rank(v) === rank(arg) && order(v, arg) < 0);
      case "$lte":
        return all.some((v) => rank(v) === rank(arg) && order(v, arg) <= 0);
      case "$contains":
        return found.some((v) =>
          Array.isArray(v)
            ? v.some((i) => same(i, arg))
            : typeof v === "string" && typeof arg === "string" && v.includes(arg)
        );
      case "$exists":
        return found.length > 0 === arg;
      case "$regex":
        return all.some((v) => typeof v === "string" && new RegExp(arg, cond.$options).test(v));
      case "$options":
        return true;
      case "$not":
        return !holds(found, arg);
      default:
        throw new Error(`no operator ${op}`);
    }
  });
}

/** Whether a document matches a query. */
export function matches(doc: Any, query: Any): boolean {
  return Object.entries<Any>(query).every(([key, cond]) => {
    if (key === "$and") return cond.every((q: Any) => matches(doc, q));
    if (key === "$or") return cond.some((q: Any) => matches(doc, q));
    if (key === "$not") return !matches(doc, cond);
    return holds(values(doc, key.split(".")), cond);
  });
}

function sortValue(v: Any, names: string[]): Any {
  for (const name of names) {
    if (Array.isArray(v)) {
      if (!/^\d+$/.test(name)) return v;
      v = v[Number(name)] ?? null;
    } else v = isObject(v) ? own(v, name) ?? null : null;
  }
  return v;
}

/** Signals that a change is refused. */
export class Refused extends Error {}

function put(v: Any, names: string[], step: (v: Any) => Any, op: string): Any {
  if (names.length === 0) return step(v);
  const [name, ...rest] = names as [string, ...string[]];
  if (Array.isArray(v)) {
    const i = /^\d+$/.test(name) ? Number(name) : Infinity;
    if (i > v.length) {
      if (op === "$unset" || op === "$pull") return v;
      throw new Refused();
    }
    const next = put(v[i], rest, step, op);
    if (next === undefined && i === v.length) return v;
    const copy = [...v];
    copy[i] = next === undefined ? null : next;
    return copy;
  }
  if (v !== undefined && !isObject(v)) {
    if (op === "$unset" || op === "$pull") return v;
    throw new Refused();
  }
  const next = put(v === undefined ? undefined : own(v, name), rest, step, op);
  const entries = Object.entries(v ?? {});
  if (next === undefined) {
    return v === undefined ? undefined : Object.fromEntries(entries.filter(([k]) => k !== name));
  }
  const at = entries.findIndex(([k]) => k === name);
  if (at < 0) entries.push([name, next]);
  else entries[at] = [name, next];
  return Object.fromEntries(entries);
}

/** A document's next state. @throws {Refused}. */
export function changed(doc: Any, change: Any): Any {
  if (!Object.keys(change).some((k) => k.startsWith("$"))) {
    return Object.fromEntries(new Map([...Object.entries(doc), ...Object.entries(change)]));
  }
  let next = doc;
  for (const [op, paths] of Object.entries<Any>(change)) {
    for (const [path, arg] of Object.entries<Any>(paths)) {
      next = put(next, path.split("."), (v) => {
        if (op === "$set") return arg;
        if (op === "$unset") return undefined;
        if (op === "$inc") {
          if (v !== undefined && typeof v !== "number") throw new Refused();
          return (v ?? 0) + arg;
        }
        if (op === "$pull" && v === undefined) return undefined;
        if (v !== undefined && !Array.isArray(v)) throw new Refused();
        if (op === "$push") {
          return [...v ?? [], ...isObject(arg) && "$each" in arg ? arg.$each : [arg]];
        }
        const conditions = isObject(arg) && Object.keys(arg).some((k) => k.startsWith("$"));
        return v.filter((item: Any) =>
          conditions
            ? !holds([item], arg)
            : isObject(arg)
            ? !(isObject(item) && matches(item, arg))
            : !same(item, arg)
        );
      }, op);
    }
  }
  if (next.id !== doc.id) throw new Refused();
  return next;
}

/** A collection that is a list. */
export class Model {
  docs: Any[] = [];

  insert(docs: readonly Any[]): void {
    const ids = new Set(this.docs.map((d) => d.id));
    for (const doc of docs) {
      if (ids.has(doc.id)) throw new Refused();
      ids.add(doc.id);
    }
    this.docs = [...this.docs, ...docs];
  }

  find(
    query: Any,
    { sort = [], skip = 0, limit = 100 }: {
      sort?: [string, 1 | -1][];
      skip?: number;
      limit?: number;
    },
  ): Any[] {
    const found = this.docs.filter((doc) => matches(doc, query)).sort((a, b) => {
      for (const [path, way] of sort) {
        const names = path.split(".");
        const o = order(sortValue(a, names), sortValue(b, names));
        if (o !== 0) return o * way;
      }
      return 0;
    });
    return found.slice(skip, skip + limit);
  }

  update(query: Any, change: Any): number {
    let n = 0;
    this.docs = this.docs.map((doc) => matches(doc, query) ? (n++, changed(doc, change)) : doc);
    return n;
  }

  delete(query: Any): number {
    const before = this.docs.length;
    this.docs = this.docs.filter((doc) => !matches(doc, query));
    return before - this.docs.length;
  }
}
