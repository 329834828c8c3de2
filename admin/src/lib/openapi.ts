/** One route of an OpenAPI document. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly scope?: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: "path" | "query" | "header";
    readonly required: boolean;
    readonly about: string;
  }[];
  /** An example of the body as JSON; undefined where none is taken. */
  readonly body?: unknown;
  /** Takes something that is no JSON. */
  readonly otherBody: boolean;
}

type Json = Readonly<Record<string, unknown>>;
const METHODS = ["get", "post", "put", "patch", "delete"];
const DEEPEST = 6;

/** The routes of an OpenAPI 3.1 document, whatever else it holds. */
export function operationsOf(document: unknown): Operation[] {
  const paths = object(object(document).paths);
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in object(item)).map((method) => {
      const operation = object(object(item)[method]);
      const content = object(object(operation.requestBody).content);
      const json = object(content["application/json"]).schema;
      const [tag] = Array.isArray(operation.tags) ? operation.tags : [];
      const scope = operation["x-fazt-scope"];
      return {
        method: method.toUpperCase(),
        path,
        summary: text(operation.summary ?? operation.description),
        tag: text(tag) || path.split("/")[2] || "other",
        ...typeof scope === "string" ? { scope } : {},
        parameters: parametersOf([object(item).parameters, operation.parameters]),
        ...json === undefined ? {} : { body: exampleOf(json, document) },
        otherBody: json === undefined && Object.keys(content).length > 0,
      };
    })
  );
}

function parametersOf(lists: readonly unknown[]): Operation["parameters"] {
  return lists.flatMap((list) => Array.isArray(list) ? list : []).map(object)
    .filter((one) => one.in === "path" || one.in === "query")
    .map((one) => ({
      name: text(one.name),
      in: one.in as "path" | "query",
      required: one.required === true,
      about: text(one.description),
    }));
}

/** A value of a schema, for a person to change. */
export function exampleOf(schema: unknown, document: unknown, depth = 0): unknown {
  const one = object(schema);
  if (depth > DEEPEST) return null;
  if (typeof one.$ref === "string") {
    return exampleOf(resolve(one.$ref, document), document, depth + 1);
  }
  if ("default" in one) return one.default;
  if ("const" in one) return one.const;
  if (Array.isArray(one.enum)) return one.enum[0];
  for (const choice of ["anyOf", "oneOf", "allOf"]) {
    if (Array.isArray(one[choice])) return exampleOf(one[choice][0], document, depth + 1);
  }
  const type = Array.isArray(one.type) ? one.type[0] : one.type;
  switch (type) {
    case "object": {
      const required = Array.isArray(one.required) ? one.required : [];
      const names = Object.keys(object(one.properties));
      const shown = names.filter((name) => required.includes(name));
      return Object.fromEntries((shown.length > 0 ? shown : names.slice(0, 3)).map((name) => [
        name,
        exampleOf(object(one.properties)[name], document, depth + 1),
      ]));
    }
    case "array":
      return one.items === undefined ? [] : [exampleOf(one.items, document, depth + 1)];
    case "integer":
    case "number":
      return typeof one.minimum === "number" ? one.minimum : 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return "";
  }
}

function resolve(ref: string, document: unknown): unknown {
  return ref.replace(/^#\//, "").split("/").reduce<unknown>(
    (at, part) => object(at)[part.replaceAll("~1", "/").replaceAll("~0", "~")],
    document,
  );
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? value as Json : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
