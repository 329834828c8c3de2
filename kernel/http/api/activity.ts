import { type Context, Hono } from "hono";
import { z } from "../../lib/zod.ts";
import type { ActivityFilter, ActivityRow } from "../../log/mod.ts";
import { appIdOf, withAppNames } from "./app_ref.ts";
import { need, recordChange } from "./guards.ts";
import { queryInt, readQuery } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const filters = {
  actor: z.string().max(100).optional(),
  action: z.string().max(100).optional(),
  app: z.string().max(64).optional(),
  result: z.string().max(64).optional(),
  since: queryInt.optional(),
  until: queryInt.optional(),
  q: z.string().max(200).optional(),
};
const filterQuery = z.object(filters);
const pageQuery = z.object({
  ...filters,
  limit: queryInt.optional(),
  before: queryInt.optional(),
});

describe({
  "GET /api/activity": {
    does: "Every change of the node, newest first",
    scope: "admin",
    query: pageQuery,
    gives: "Who, from where, what and how it went; meta.before asks for the next page",
  },
  "GET /api/activity.csv": {
    does: "Every change that is asked for, as a table",
    scope: "admin",
    query: filterQuery,
    gives: "A file",
    type: "text/csv",
  },
  "GET /api/activity.json": {
    does: "Every change that is asked for, as one array",
    scope: "admin",
    query: filterQuery,
    gives: "A file",
    type: "application/json",
  },
  "GET /api/activity.ndjson": {
    does: "Every change that is asked for, an object a line",
    scope: "admin",
    query: filterQuery,
    gives: "A file",
    type: "application/x-ndjson",
  },
});

const FORMATS = {
  csv: "text/csv; charset=utf-8",
  json: "application/json",
  ndjson: "application/x-ndjson",
} as const;
const COLUMNS = [
  "id",
  "at",
  "actor",
  "address",
  "action",
  "appId",
  "target",
  "result",
  "details",
] as const;

/** `/api/activity`: every change of the node, newest first, and all of it as a file. */
export function activityRoutes(services: ApiServices): Hono<ApiEnv> {
  const { activity } = services;
  const routes = new Hono<ApiEnv>();

  const filterOf = ({ q, app, ...rest }: z.output<typeof filterQuery>): ActivityFilter => ({
    ...rest,
    text: q,
    appId: appIdOf(services, app),
  });

  routes.get("/activity", (c) => {
    need(c, "admin");
    const { limit = 100, before, ...query } = readQuery(c, pageQuery);
    const size = Math.min(Math.max(limit, 1), 1000);
    const rows = activity.list({ ...filterOf(query), before, limit: size });
    const more = rows.length === size ? { before: rows.at(-1)!.id } : {};
    return c.json({
      data: withAppNames(services, rows.map(bare)),
      meta: { limit: size, ...more },
    });
  });

  const download = (format: keyof typeof FORMATS) => (c: Context<ApiEnv>) => {
    need(c, "admin");
    const query = readQuery(c, filterQuery);
    const pages = activity.pages(filterOf(query));
    recordChange(c, services, { action: "activity.export", details: { format, ...query } });
    return new Response(stream(pages, format), {
      headers: {
        "content-type": FORMATS[format],
        "content-disposition": `attachment; filename="activity.${format}"`,
        "cache-control": "no-store",
      },
    });
  };
  routes.get("/activity.csv", download("csv"));
  routes.get("/activity.json", download("json"));
  routes.get("/activity.ndjson", download("ndjson"));
  return routes;
}

/** An id only where there is one. */
function bare({ appId, ...row }: ActivityRow) {
  return { ...row, ...(appId === null ? {} : { appId }) };
}

function stream(
  pages: Generator<ActivityRow[], void>,
  format: keyof typeof FORMATS,
): ReadableStream<Uint8Array> {
  let first = true;
  return new ReadableStream<string>({
    start(controller) {
      if (format === "csv") controller.enqueue(`${COLUMNS.join(",")}\r\n`);
      if (format === "json") controller.enqueue("[");
    },
    pull(controller) {
      const { done, value } = pages.next();
      if (done) {
        if (format === "json") controller.enqueue("]\n");
        return controller.close();
      }
      const lines = value.map((row) => {
        if (format === "csv") return `${COLUMNS.map((name) => cell(row[name])).join(",")}\r\n`;
        if (format === "ndjson") return `${JSON.stringify(row)}\n`;
        const line = `${first ? "\n" : ",\n"}${JSON.stringify(row)}`;
        first = false;
        return line;
      });
      controller.enqueue(lines.join(""));
    },
    cancel() {
      pages.return();
    },
  }, { highWaterMark: 1 }).pipeThrough(new TextEncoderStream());
}

/**
 * A field of CSV (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe before
 * it: names of apps and files are strangers' words.
 */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const safe = typeof value !== "number" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
