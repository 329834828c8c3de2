import { z } from "../../lib/zod.ts";
import { described, type RouteDoc, type RouteScope } from "./describe.ts";

/** A JSON object. */
type Json = Record<string, unknown>;

/** What stands in braces in paths. */
const PARAMETERS: Readonly<Record<string, string>> = {
  ref: "An app: its id, name or an alias",
  app: "An app: its id, name or an alias",
  id: "An id",
  n: "A number",
  path: "A path without its first slash; it may have slashes of its own",
  key: "A key; it may have slashes of its own",
  cid: "A content id (CIDv1)",
  label: "A host label",
  slug: "The name of a short link",
  collection: "A collection's name",
  name: "A name",
};

const SCOPES: Readonly<Record<RouteScope, string>> = {
  none: "Needs no credential.",
  any: "Needs any credential that works.",
  read: "Needs the scope `read`.",
  deploy: "Needs the scope `deploy`.",
  admin: "Needs the scope `admin`.",
  "app:read": "Needs the scope `read`, or `deploy:<app>` for this app.",
  "app:deploy": "Needs the scope `deploy`, or `deploy:<app>` for this app.",
  "app:admin": "Needs the scope `admin`.",
};

const COMMON: Readonly<Record<number, string>> = {
  401: "No credential, or one that does not work",
  403: "The credential does not allow it",
  404: "There is no such thing",
  413: "The body is too large",
  422: "Something in the request cannot be used; `details` says what",
  429: "Asked too often, or a quota is used up",
  503: "The node cannot do this now",
};

const ENVELOPE_ERROR: Json = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: { type: "string", description: "What went wrong, for programs" },
        message: { type: "string", description: "What could not be done, and why" },
        hint: { type: "string", description: "What to do next" },
        details: { description: "Facts, by code" },
        requestId: { type: "string", description: "What the node's log calls this request" },
      },
    },
  },
};

/** Whole numbers in a query are text on the wire and numbers for who writes them. */
const DIGITS = "^\\d{1,15}$";

/** A schema as OpenAPI wants it. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    target: "draft-2020-12",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      if (jsonSchema.pattern === DIGITS) {
        delete jsonSchema.pattern;
        jsonSchema.type = "integer";
        jsonSchema.minimum = 0;
      }
    },
  }) as Json;
  return rest;
}

/** Routes whose schemas are written out in one turn of the loop. */
const TURN = 4;

/**
 * The OpenAPI 3.1 document of the API, from the schemas that its routes check with. To write it
 * takes a tenth of a second and more, so that others get their turns meanwhile.
 */
export async function openApi(): Promise<Json> {
  const paths: Record<string, Json> = {};
  const tags = new Set<string>();
  const routes = [...described()].sort(([a], [b]) => a < b ? -1 : 1);
  for (const [i, [route, doc]] of routes.entries()) {
    if (i % TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    const [method, path] = route.split(" ") as [string, string];
    const tag = tagOf(path);
    tags.add(tag);
    (paths[path] ??= {})[method.toLowerCase()] = operationOf(doc, { method, path, tag });
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Fazt",
      version: "1",
      description: "The HTTP API of a Fazt node. Times are Unix milliseconds. Answers are " +
        '`{"data": …}` or `{"error": …}`.',
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }, { session: [] }],
    tags: [...tags].sort().map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "fazt server create-key makes one" },
        session: { type: "apiKey", in: "cookie", name: "__Host-fazt" },
      },
      schemas: { Error: ENVELOPE_ERROR },
      responses: Object.fromEntries(
        Object.entries(COMMON).map(([status, description]) => [`E${status}`, {
          description,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
        }]),
      ),
    },
  };
}

function operationOf(
  doc: RouteDoc,
  { method, path, tag }: { readonly method: string; readonly path: string; readonly tag: string },
): Json {
  const parameters = [...pathParameters(path), ...queryParameters(doc.query)];
  return {
    operationId: operationId(method, path),
    summary: doc.does,
    description: SCOPES[doc.scope],
    tags: [tag],
    "x-fazt-scope": doc.scope,
    ...doc.unsafe === undefined ? {} : { "x-fazt-unsafe": doc.unsafe },
    ...doc.scope === "none" ? { security: [] } : {},
    ...parameters.length === 0 ? {} : { parameters },
    ...doc.body === undefined ? {} : { requestBody: bodyOf(doc.body) },
    responses: responsesOf(doc, path),
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    description: PARAMETERS[name!] ?? "A name",
    schema: { type: "string" },
  }));
}

function queryParameters(query: z.ZodObject | undefined): Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function bodyOf(body: NonNullable<RouteDoc["body"]>): Json {
  if (body === "bytes") {
    return { required: true, content: { "application/octet-stream": { schema: {} } } };
  }
  if (body === "multipart") {
    const file = {
      type: "object",
      required: ["file"],
      properties: { file: { type: "string", contentMediaType: "application/zip" } },
    };
    return { required: true, content: { "multipart/form-data": { schema: file } } };
  }
  return { required: true, content: { "application/json": { schema: schemaOf(body, "input") } } };
}

function responsesOf(doc: RouteDoc, path: string): Json {
  const media = doc.type ?? "application/json";
  const schema = doc.type !== undefined ? {} : {
    type: "object",
    required: ["data"],
    properties: {
      data: doc.data === undefined ? {} : schemaOf(doc.data, "output"),
      meta: {
        type: "object",
        properties: { limit: { type: "integer" }, cursor: {}, total: { type: "integer" } },
      },
    },
  };
  const common = [
    ...doc.scope === "none" ? [] : [401],
    ...doc.scope === "none" || doc.scope === "any" ? [] : [403],
    ...path.includes("{") || doc.query !== undefined || doc.body !== undefined ? [404] : [],
    ...doc.body === undefined ? [] : [413],
    ...path.includes("{") || doc.query !== undefined || doc.body !== undefined ? [422] : [],
    429,
    503,
  ];
  return {
    [doc.status ?? 200]: { description: doc.gives, content: { [media]: { schema } } },
    ...Object.fromEntries(
      common.map((status) => [status, { $ref: `#/components/responses/E${status}` }]),
    ),
    ...Object.fromEntries(
      Object.entries(doc.errors ?? {}).map(([status, description]) => [status, {
        description,
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      }]),
    ),
  };
}

/** `GET /api/apps/{ref}/files` is `get_apps_ref_files`. */
function operationId(method: string, path: string): string {
  const parts = (path.startsWith("/api/") ? path.slice(4) : `/node${path}`).split(/[^A-Za-z0-9]+/)
    .filter((part) => part !== "");
  return [method.toLowerCase(), ...parts].join("_");
}

/** The first part of a path that tells something. */
function tagOf(path: string): string {
  return path.replace(/^\/api\//, "/").split("/")[1]!.replace(/\..*$/, "");
}
