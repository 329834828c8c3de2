import { type Context, Hono } from "hono";
import { LATENCY_BOUNDS } from "../../analytics/mod.ts";
import { MODES } from "../../guard/mod.ts";
import {
  type Metric,
  OPEN_METRICS_TYPE,
  openMetrics,
  type Sample,
} from "../../lib/open_metrics.ts";
import type { AppRunState } from "../../proc/mod.ts";
import { edgeMetrics } from "./edge_metrics.ts";
import { need } from "./guards.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

/** How the server code of one app does. */
export interface CellState extends AppRunState {
  readonly appId: string;
  readonly name: string;
}

type AppMetric = readonly [
  name: string,
  type: "counter" | "gauge",
  help: string,
  of: (cell: CellState) => number,
  unit?: Metric["unit"],
];

const PER_APP: readonly AppMetric[] = [
  ["requests", "counter", "Requests and tasks of the app", (c) => c.requests],
  ["errors", "counter", "Requests and tasks that failed", (c) => c.errors],
  ["cold_starts", "counter", "Isolates started for the app", (c) => c.coldStarts],
  ["spares_used", "counter", "Cold starts served by a warm spare", (c) => c.sparesUsed],
  ["restarts", "counter", "Isolates that were ended for what they did", (c) => c.restarts],
  ["cpu_seconds", "counter", "Processor time of the app", (c) => c.cpuMs / 1000, "seconds"],
  ["heap_bytes", "gauge", "JavaScript heap in use", (c) => c.heapBytes, "bytes"],
  ["external_bytes", "gauge", "Memory outside the heap", (c) => c.externalBytes, "bytes"],
  ["isolates", "gauge", "Isolates of the app", (c) => c.isolates],
  ["in_flight", "gauge", "Requests and tasks that run", (c) => c.inFlight],
  ["waiting", "gauge", "Requests and tasks that wait for a place", (c) => c.waiting],
];

/** Every app with server code: those that were not asked anything yet count nothing. */
function cellsOf({ apps, runner }: ApiServices): CellState[] {
  return apps.list().filter((app) => app.hasServer)
    .map(({ id, name }) => ({ appId: id, name, ...runner.state(id) }));
}

describe({
  "GET /api/metrics.txt": {
    does: "Metrics of the node and its apps",
    scope: "read",
    gives: "OpenMetrics text",
    type: "application/openmetrics-text",
  },
  "GET /api/system/metrics": {
    does: "As /api/metrics.txt",
    scope: "read",
    gives: "OpenMetrics text",
    type: "application/openmetrics-text",
  },
  "GET /api/system/cells": {
    does: "How the server code of each app does",
    scope: "read",
    gives: "Apps with server code",
  },
});

/** `GET /api/metrics.txt`, `/api/system/metrics` and `/api/system/cells`. */
export function metricsRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const text = (c: Context<ApiEnv>) => {
    need(c, "read");
    return c.body(openMetrics(allMetrics(services)), 200, {
      "content-type": OPEN_METRICS_TYPE,
    });
  };
  routes.get("/metrics.txt", text);
  routes.get("/system/metrics", text);
  routes.get("/system/cells", (c) => {
    need(c, "read");
    return c.json({ data: cellsOf(services) });
  });
  return routes;
}

function allMetrics(services: ApiServices): Metric[] {
  return [
    ...nodeMetrics(services),
    ...httpMetrics(services),
    ...edgeMetrics(services.edge()!.counts),
    ...queueMetrics(services),
    ...appMetrics(cellsOf(services)),
    ...trafficMetrics(services),
  ];
}

/** What was answered since the node started, whoever was asked. */
function httpMetrics({ meter, inFlight }: ApiServices): Metric[] {
  return [
    {
      name: "fazt_http_requests",
      type: "counter",
      help: "Answered requests of all hosts, by class of status",
      samples: meter.statuses.map((value, i) => ({ labels: { status: `${i + 1}xx` }, value })),
    },
    {
      name: "fazt_http_request_duration_seconds",
      type: "histogram",
      unit: "seconds",
      help: "Time until an answer began",
      histograms: [{
        bounds: LATENCY_BOUNDS.map((ms) => ms / 1000),
        counts: meter.latencies,
        sum: meter.totalMs / 1000,
      }],
    },
    {
      name: "fazt_http_in_flight",
      type: "gauge",
      help: "Requests that are open",
      samples: [{ value: inFlight.total }],
    },
  ];
}

/** What waits for somebody. */
function queueMetrics(services: ApiServices): Metric[] {
  const { writes, queries } = services.db.waiting;
  const count = (sql: string) => services.db.reader.get<{ n: number }>(sql)!.n;
  const lengths: Readonly<Record<string, number>> = {
    writes,
    queries,
    log_lines: services.appLog.waiting,
    deliveries: count("SELECT count(*) AS n FROM event_deliveries WHERE state = 'pending'"),
    jobs: count("SELECT count(*) AS n FROM jobs WHERE status <> 'dead'"),
  };
  return [
    {
      name: "fazt_queue_length",
      type: "gauge",
      help: "What waits: changes and reads of the database, log lines, events that are owed, jobs",
      samples: Object.entries(lengths).map(([queue, value]) => ({ labels: { queue }, value })),
    },
    {
      name: "fazt_event_loop_lag_seconds",
      type: "gauge",
      unit: "seconds",
      help: "How late the kernel's event loop is",
      samples: [{ value: services.loopLag() / 1000 }],
    },
  ];
}

/** What apps sent and what they keep. */
function trafficMetrics(services: ApiServices): Metric[] {
  const names = new Map(services.apps.list().map(({ id, name }) => [id, name]));
  const known = services.traffic.ever().filter(({ appId }) => names.has(appId));
  const sent: Sample[] = known.flatMap(({ appId, bytesIn, bytesOut }) => {
    const app = names.get(appId)!;
    return [
      { labels: { app, direction: "in" }, value: bytesIn },
      { labels: { app, direction: "out" }, value: bytesOut },
    ];
  });
  const kept: Sample[] = services.storage.usage().flatMap(({ appId, pillars }) => {
    const app = names.get(appId);
    if (app === undefined) return [];
    return Object.entries(pillars).map(([pillar, { bytes }]) => ({
      labels: { app, pillar },
      value: bytes,
    }));
  });
  return [
    {
      name: "fazt_app_traffic_bytes",
      type: "counter",
      unit: "bytes",
      help: "Bodies that visitors of the app sent and got",
      samples: sent,
    },
    {
      name: "fazt_app_storage_bytes",
      type: "gauge",
      unit: "bytes",
      help: "What the app keeps",
      samples: kept,
    },
  ];
}

/** One label, the app's name: there are never more series than installed apps. */
function appMetrics(cells: readonly CellState[]): Metric[] {
  return PER_APP.map(([name, type, help, of, unit]) => ({
    name: `fazt_app_${name}`,
    type,
    help,
    samples: cells.map((cell) => ({ labels: { app: cell.name }, value: of(cell) })),
    ...unit === undefined ? {} : { unit },
  }));
}

function nodeMetrics(services: ApiServices): Metric[] {
  const { rss, heapUsed, external } = Deno.memoryUsage();
  const { realms, isolates, spares } = services.runner.totals();
  const cache = services.vfs.stats();
  const { mode } = services.mode();
  const gauge = (name: string, help: string, value: number): Metric => ({
    name: `fazt_${name}`,
    type: "gauge",
    help,
    samples: [{ value }],
    ...name.endsWith("_bytes") ? { unit: "bytes" } : {},
  });
  return [
    {
      name: "fazt_build",
      type: "info",
      help: "The version of the node",
      samples: [{ labels: { version: services.version }, value: 1 }],
    },
    {
      name: "fazt_mode",
      type: "stateset",
      help: "How the node serves",
      samples: MODES.map((name) => ({
        labels: { fazt_mode: name },
        value: name === mode ? 1 : 0,
      })),
    },
    {
      name: "fazt_uptime_seconds",
      type: "gauge",
      unit: "seconds",
      help: "Time since the node started",
      samples: [{ value: (services.clock() - services.startedAt) / 1000 }],
    },
    gauge("memory_resident_bytes", "Resident memory of the process", rss),
    gauge("memory_heap_bytes", "JavaScript heap of the kernel in use", heapUsed),
    gauge("memory_external_bytes", "Memory of the kernel outside its heap", external),
    gauge("cache_bytes", "Files held in memory", cache.bytes),
    gauge("cache_entries", "Number of files held in memory", cache.entries),
    gauge("cache_limit_bytes", "Most bytes of files that memory may hold", cache.limit),
    gauge("database_bytes", "Size of the database file", Deno.statSync(services.db.path).size),
    gauge("realms", "Permission sets that have isolates", realms),
    gauge("isolates", "Isolates of all apps, spares among them", isolates),
    gauge("spares", "Isolates that are only kept ready", spares),
  ];
}
