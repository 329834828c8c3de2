import { type Context, Hono } from "hono";
import { csvLine } from "../../lib/csv.ts";
import { z } from "../../lib/zod.ts";
import { type FoundLine, LEVELS, type LogQuery, NODE_LOG } from "../../log/mod.ts";
import { describe } from "../openapi/mod.ts";
import { withAppNames } from "./app_ref.ts";
import { need, recordChange } from "./guards.ts";
import { present, queryInt, readJson, readQuery } from "./input.ts";
import { knownAppId } from "./scoped_app.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { eventStream } from "./sse.ts";

const app = z.string().min(1).max(64).optional();
const level = z.enum(LEVELS).optional();
const filters = {
  app,
  level,
  since: queryInt.optional(),
  until: queryInt.optional(),
  text: z.string().max(200).optional(),
  request: z.string().max(64).optional(),
  before: queryInt.optional(),
  limit: queryInt.optional(),
};
const listQuery = z.object(filters);
const streamQuery = z.object({ app, level });
const cleanupInput = z.strictObject({ app, before: z.int().min(0).optional(), level });
const line = z.object({
  id: z.int(),
  at: z.int(),
  appId: z.string().optional(),
  app: z.string(),
  level: z.enum(LEVELS),
  message: z.string(),
  requestId: z.string().optional(),
  fields: z.unknown().optional(),
});

describe({
  "GET /api/logs": {
    does: "Lines of every app and of the node itself, newest first",
    scope: "app:read",
    query: listQuery,
    gives: "Lines; `meta.cursor` goes on as `before`, also where few were found",
    data: z.array(line),
  },
  "GET /api/logs/stream": {
    does: "Every new line, as it comes",
    scope: "app:read",
    query: streamQuery,
    gives: "Server-sent events, a line each",
    type: "text/event-stream",
  },
  "GET /api/logs/stats": {
    does: "How many lines are kept, by app and level",
    scope: "read",
    gives: "Counts, and how long lines are kept",
  },
  "POST /api/logs/cleanup": {
    does: "Deletes lines by app, age and level; without any, those past their age or number",
    scope: "admin",
    body: cleanupInput,
    gives: "How many lines are gone",
    data: z.object({ deleted: z.int() }),
  },
  "GET /api/logs.csv": {
    does: "Lines as a table, newest first",
    scope: "app:read",
    query: listQuery,
    gives: "CSV",
    type: "text/csv",
  },
  "GET /api/logs.ndjson": {
    does: "Lines as JSON, one a line, newest first",
    scope: "app:read",
    query: listQuery,
    gives: "A line of JSON each",
    type: "application/x-ndjson",
  },
});

/** Lines of one export. */
const MAX_EXPORT = 1_000_000;

/** `/api/logs`: what apps and the node itself said. */
export function logRoutes(services: ApiServices): Hono<ApiEnv> {
  const { logs, appLog } = services;
  const routes = new Hono<ApiEnv>();
  /** The node's own lines are for who may read all of it. */
  const appIdOf = (c: Context<ApiEnv>, ref: string | undefined): string | undefined => {
    if (ref !== NODE_LOG) return knownAppId(c, services, ref);
    need(c, "read");
    return NODE_LOG;
  };
  const named = (lines: readonly FoundLine[]) =>
    withAppNames(services, lines).map(({ id, at, appId, app, ...rest }) =>
      present({ id, at, appId, app: app ?? appId ?? NODE_LOG, ...rest })
    );
  const queryOf = (c: Context<ApiEnv>): LogQuery => {
    const { app, request, ...query } = readQuery(c, listQuery);
    return { ...query, requestId: request, appId: appIdOf(c, app) };
  };

  routes.get("/logs", async (c) => {
    const query = queryOf(c);
    const { items, before } = await logs.find(query);
    const meta = present({ limit: query.limit ?? 100, cursor: before });
    return c.json({ data: named(items), meta });
  });
  routes.get("/logs/stream", (c) => {
    const query = readQuery(c, streamQuery);
    const appId = appIdOf(c, query.app);
    const levels: readonly string[] = LEVELS.slice(LEVELS.indexOf(query.level ?? "debug"));
    return eventStream(c.env, (send) =>
      appLog.subscribeAll((of, { id, ...rest }) => {
        if ((appId !== undefined && of !== appId) || !levels.includes(rest.level)) return;
        const own = of === NODE_LOG ? {} : { appId: of };
        send(named([{ id, ...own, ...rest }])[0], id);
      }));
  });
  routes.get("/logs/stats", async (c) => {
    need(c, "read");
    const { apps, ...stats } = await logs.stats();
    const shown = withAppNames(services, apps).map(({ appId, app, ...rest }) =>
      present({ appId, app: app ?? appId ?? NODE_LOG, ...rest })
    );
    return c.json({ data: { ...stats, apps: shown } });
  });
  routes.post("/logs/cleanup", async (c) => {
    need(c, "admin");
    const { app, ...what } = await readJson(c, cleanupInput);
    const appId = appIdOf(c, app);
    const deleted = await logs.cleanup({ ...what, appId });
    const details = present({ ...what, appId, deleted });
    recordChange(c, services, { action: "logs.cleanup", target: app, details });
    return c.json({ data: { deleted } });
  });
  routes.get("/logs.csv", (c) => {
    const head = ["at", "app", "level", "request", "message", "fields"];
    return sent(c, { type: "text/csv; charset=utf-8", name: "logs.csv" }, {
      head: csvLine(head),
      lines: lines(queryOf(c), (found) =>
        csvLine([
          new Date(found.at).toISOString(),
          found.app,
          found.level,
          found.requestId,
          found.message,
          found.fields === undefined ? undefined : JSON.stringify(found.fields),
        ])),
    });
  });
  routes.get("/logs.ndjson", (c) =>
    sent(c, { type: "application/x-ndjson", name: "logs.ndjson" }, {
      head: "",
      lines: lines(queryOf(c), (found) => `${JSON.stringify(found)}\n`),
    }));

  type Named = ReturnType<typeof named>[number];
  async function* lines(query: LogQuery, text: (line: Named) => string): AsyncGenerator<string> {
    const max = Math.min(query.limit ?? MAX_EXPORT, MAX_EXPORT);
    for await (const page of logs.all(query, max)) yield named(page).map(text).join("");
  }
  return routes;
}

/** A file made while it is sent: never more than a page of it is in memory. */
function sent(
  c: Context<ApiEnv>,
  { type, name }: { readonly type: string; readonly name: string },
  { head, lines }: { readonly head: string; readonly lines: AsyncGenerator<string> },
): Response {
  const body = new ReadableStream<string>({
    start: (controller) => {
      if (head !== "") controller.enqueue(head);
    },
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => void await lines.return(undefined),
  }, { highWaterMark: 1 });
  return c.body(body.pipeThrough(new TextEncoderStream()), 200, {
    "content-type": type,
    "content-disposition": `attachment; filename="${name}"`,
  });
}
