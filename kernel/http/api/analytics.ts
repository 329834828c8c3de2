import { type Context, Hono } from "hono";
import {
  alignedSpan,
  NAME_KINDS,
  type NameKind,
  type Span,
  stepFor,
  STEPS,
  visitApps,
  type VisitNames,
  visitNames,
  type VisitReport,
  visitReport,
} from "../../analytics/mod.ts";
import { csvLine } from "../../lib/csv.ts";
import { z } from "../../lib/zod.ts";
import { describe } from "../openapi/mod.ts";
import { withAppNames } from "./app_ref.ts";
import { need, recordChange } from "./guards.ts";
import { queryInt, readQuery } from "./input.ts";
import { knownAppId } from "./scoped_app.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

const app = z.string().min(1).max(64).optional();
const time = { from: queryInt.optional(), to: queryInt.optional() };
const step = z.enum(["minute", "hour", "day"]).optional();
const reportQuery = z.object({ app, ...time, step });
const topQuery = z.object({
  app,
  ...time,
  kind: z.enum(NAME_KINDS),
  limit: queryInt.optional(),
});
const csvQuery = z.object({
  app,
  ...time,
  step,
  kind: z.enum(NAME_KINDS).optional(),
  limit: queryInt.optional(),
});
const appsQuery = z.object(time);
const appQuery = z.object({ app });

const totals = z.object({
  visitors: z.int(),
  views: z.int(),
  events: z.int(),
  requests: z.int(),
  bytesIn: z.int(),
  bytesOut: z.int(),
});
const report = z.object({
  app: z.object({ id: z.string(), name: z.string().optional() }).optional(),
  from: z.int(),
  to: z.int(),
  step: z.enum(["minute", "hour", "day"]),
  totals,
  previous: totals,
  series: z.array(z.object({
    at: z.int(),
    visitors: z.int(),
    views: z.int(),
    requests: z.int(),
    bytesOut: z.int(),
    errors: z.int(),
  })),
  statuses: z.record(z.enum(["1xx", "2xx", "3xx", "4xx", "5xx"]), z.int()),
  latency: z.record(z.enum(["p50", "p90", "p95", "p99"]), z.number().nullable()),
});
const seen = z.object({ views: z.int(), visitors: z.int() });
const top = z.object({
  kind: z.enum(NAME_KINDS),
  from: z.int(),
  to: z.int(),
  items: z.array(seen.extend({ name: z.string(), previous: seen })),
  other: seen,
});

describe({
  "GET /api/analytics": {
    does: "What visitors did in a time: sums, a series, statuses, percentiles of time",
    scope: "app:read",
    query: reportQuery,
    gives: "Sums of the time and of the one before it, and the parts of the series",
    data: report,
  },
  "GET /api/analytics/top": {
    does: "The names of a kind that were seen most: paths, referrers, browsers",
    scope: "app:read",
    query: topQuery,
    gives: "Names with what they had in the time before",
    data: top,
  },
  "GET /api/analytics/apps": {
    does: "Every app that was visited in a time",
    scope: "read",
    query: appsQuery,
    gives: "Apps, the one with the most views first",
  },
  "GET /api/analytics/live": {
    does: "Who is there now",
    scope: "app:read",
    query: appQuery,
    gives: "Visitors, views and pages of the last five minutes",
  },
  "GET /api/analytics.csv": {
    does: "The series, or with `kind` the names, as a table",
    scope: "app:read",
    query: csvQuery,
    gives: "CSV",
    type: "text/csv",
  },
  "DELETE /api/analytics": {
    does: "Forgets what was counted, of one app or of all",
    scope: "admin",
    query: appQuery,
    gives: "How many rows are gone",
    data: z.object({ rows: z.int() }),
  },
});

type Range = { readonly from?: number | undefined; readonly to?: number | undefined };

/** `/api/analytics`: what visitors do, counted without knowing them. */
export function analyticsRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const { db } = services;
  const span = (
    c: Context<ApiEnv>,
    query: Range & { readonly app?: string | undefined; readonly step?: Span["step"] | undefined },
  ): Span => {
    const appId = knownAppId(c, services, query.app);
    const to = query.to ?? services.clock();
    const from = query.from ?? to - 7 * STEPS.day;
    return alignedSpan({ appId, from, to, step: query.step ?? stepFor(to - from) });
  };
  const named = (appId: string | undefined) => {
    if (appId === undefined) return {};
    const name = services.apps.background(appId)?.name;
    return { app: { id: appId, ...(name === undefined ? {} : { name }) } };
  };
  const reportOf = async (of: Span): Promise<VisitReport> => {
    await services.visits.flush().catch(() => {});
    return await db.query(visitReport, of);
  };
  const namesOf = async (
    of: Span,
    kind: NameKind,
    limit = 20,
  ): Promise<VisitNames> => {
    await services.visits.flush().catch(() => {});
    return await db.query(visitNames, {
      ...of,
      kind,
      limit: Math.min(Math.max(1, limit), 1000),
    });
  };

  routes.get("/analytics", async (c) => {
    const of = span(c, readQuery(c, reportQuery));
    return c.json({ data: { ...named(of.appId), ...await reportOf(of) } });
  });
  routes.get("/analytics/top", async (c) => {
    const { kind, limit, ...range } = readQuery(c, topQuery);
    return c.json({ data: await namesOf(span(c, range), kind, limit) });
  });
  routes.get("/analytics/apps", async (c) => {
    const of = span(c, readQuery(c, appsQuery));
    await services.visits.flush().catch(() => {});
    return c.json({ data: withAppNames(services, await db.query(visitApps, of)) });
  });
  routes.get("/analytics/live", (c) => {
    const appId = knownAppId(c, services, readQuery(c, appQuery).app);
    return c.json({ data: services.visits.live(appId) });
  });
  routes.get("/analytics.csv", async (c) => {
    const { kind, limit, ...range } = readQuery(c, csvQuery);
    const of = span(c, range);
    const text = kind === undefined
      ? seriesCsv(await reportOf(of))
      : namesCsv(await namesOf(of, kind, limit ?? 1000));
    return c.body(text, 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="analytics-${kind ?? of.step}.csv"`,
    });
  });
  routes.delete("/analytics", async (c) => {
    need(c, "admin");
    const appId = knownAppId(c, services, readQuery(c, appQuery).app);
    const rows = await services.visits.forget(appId);
    recordChange(c, services, { action: "analytics.forget", target: appId, details: { rows } });
    return c.json({ data: { rows } });
  });
  return routes;
}

function seriesCsv({ series }: VisitReport): string {
  return csvLine(["at", "visitors", "views", "requests", "bytes_out", "errors"]) +
    series.map((p) =>
      csvLine([
        new Date(p.at).toISOString(),
        p.visitors,
        p.views,
        p.requests,
        p.bytesOut,
        p.errors,
      ])
    ).join("");
}

function namesCsv({ kind, items }: VisitNames): string {
  return csvLine([kind, "views", "visitors", "previous_views", "previous_visitors"]) +
    items.map(({ name, views, visitors, previous }) =>
      csvLine([name, views, visitors, previous.views, previous.visitors])
    ).join("");
}
