import type { PillarDeps } from "./storage.ts";

/**
 * Builds `fazt.storage.rd`: for the whole app, or for one person.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createRd({ syscall }: PillarDeps): object {
  type Rows = { columns: string[]; types: (string | null)[]; rows: unknown[][] };
  type Params = readonly unknown[] | Readonly<Record<string, unknown>>;
  type Step = string | readonly [string, Params?] | {
    sql: string;
    params?: Params;
    expect?: number;
  };
  type Schema = Record<string, unknown>;

  const wrong = (what: string, place: string): never => {
    throw new TypeError(`Cannot use ${what} as parameter ${place}`);
  };
  const toSql = (value: unknown, place: string): unknown => {
    switch (typeof value) {
      case "string":
      case "bigint":
        return value;
      case "boolean":
        return value ? 1 : 0;
      case "number":
        return Number.isFinite(value) ? value : wrong(String(value), place);
      case "object":
        if (value === null) return null;
        if (value instanceof Uint8Array) {
          // A copy: what a view shares with others stays here.
          return value.slice();
        }
        if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0));
        if (value instanceof Date) {
          const time = value.getTime();
          return Number.isNaN(time) ? wrong("an invalid date", place) : time;
        }
        return JSON.stringify(value) ?? wrong("this object", place);
    }
    return wrong(typeof value === "undefined" ? "undefined" : `a ${typeof value}`, place);
  };
  const paramsOf = (params: Params = []) =>
    Array.isArray(params)
      ? params.map((value, i) => toSql(value, String(i + 1)))
      : Object.fromEntries(
        Object.entries(params).map(([name, value]) => [name, toSql(value, `"${name}"`)]),
      );
  const stepOf = (step: Step) => {
    if (typeof step === "string") return { sql: step, params: [] };
    if (Array.isArray(step)) return { sql: step[0], params: paramsOf(step[1]) };
    const { sql, params, expect } = step as { sql: string; params?: Params; expect?: number };
    return { sql, params: paramsOf(params), ...(expect === undefined ? {} : { expect }) };
  };
  /** `{id: "integer"}` alone is a table's columns. */
  const schemaOf = (schema: Schema) => {
    const full = typeof schema.columns === "object" && schema.columns !== null &&
      !("type" in schema.columns);
    return full ? schema : { columns: schema };
  };
  const fromSql = (value: unknown, type: string | null | undefined): unknown => {
    if (value === null) return null;
    if (type === "boolean") return value === 1;
    if (type === "date") return typeof value === "number" ? new Date(value) : value;
    if (type !== "json" || typeof value !== "string") return value;
    try {
      return JSON.parse(value);
    } catch {
      // What the declared column never holds, an expression of it may.
      return value;
    }
  };
  const objects = ({ columns, types, rows }: Rows) =>
    rows.map((row) => {
      const object: Record<string, unknown> = {};
      columns.forEach((name, i) => {
        Object.defineProperty(object, name, {
          value: fromSql(row[i], types[i]),
          writable: true,
          enumerable: true,
          configurable: true,
        });
      });
      return object;
    });
  const resultOf = (result: unknown) =>
    Array.isArray((result as Rows).rows) ? objects(result as Rows) : result;

  return {
    define: async (table: string, schema: Schema) => {
      await syscall("rd.define", { table, schema: schemaOf(schema) });
    },
    query: async (sql: string, params?: Params) =>
      objects(await syscall("rd.query", { sql, params: paramsOf(params) }) as Rows),
    exec: async (sql: string, params?: Params) =>
      await syscall("rd.exec", { sql, params: paramsOf(params) }),
    transaction: async (steps: readonly Step[]) =>
      (await syscall("rd.transaction", { steps: steps.map(stepOf) }) as unknown[]).map(resultOf),
    migrate: async (
      migrations: readonly {
        id: string;
        define?: Record<string, Schema>;
        exec?: readonly Step[];
      }[],
    ) =>
      await syscall("rd.migrate", {
        migrations: migrations.map(({ id, define, exec }) => ({
          id,
          ...(define === undefined ? {} : {
            define: Object.fromEntries(
              Object.entries(define).map(([table, schema]) => [table, schemaOf(schema)]),
            ),
          }),
          ...(exec === undefined ? {} : { exec: exec.map(stepOf) }),
        })),
      }),
  };
}
