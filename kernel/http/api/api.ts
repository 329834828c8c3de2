import { Hono } from "hono";
import { FaztError, toFaztError } from "../../lib/fazt_error.ts";
import { recordRefusals } from "../middleware/record_refusals.ts";
import {
  limitRequests,
  markRequest,
  requirePrincipal,
  showRate,
  showTiming,
} from "../middleware/principal.ts";
import { renewSession } from "../middleware/session_cookie.ts";
import { accessRoutes } from "./access.ts";
import { activityRoutes } from "./activity.ts";
import { analyticsRoutes } from "./analytics.ts";
import { aliasRoutes } from "./aliases.ts";
import { appCronRoutes } from "./app_cron.ts";
import { appJobRoutes } from "./app_jobs.ts";
import { appLogRoutes } from "./app_logs.ts";
import { appRunRoutes } from "./app_run.ts";
import { appLineageRoutes } from "./app_lineage.ts";
import { appRevisionRoutes } from "./app_revisions.ts";
import { appRoutes } from "./apps.ts";
import { appSourceRoutes } from "./app_sources.ts";
import { contentRoutes } from "./content.ts";
import { appTransferRoutes } from "./app_transfer.ts";
import { backupRoutes } from "./backups.ts";
import { certificateRoutes } from "./certificates.ts";
import { domainRoutes } from "./domains.ts";
import { deployRoutes } from "./deploy.ts";
import { errorResponse } from "./errors.ts";
import { documentRoutes } from "./documents.ts";
import { eventRoutes } from "./events.ts";
import { keyRoutes } from "./keys.ts";
import { DANGEROUS } from "./dangerous.ts";
import { logRoutes } from "./logs.ts";
import { marketRoutes } from "./markets.ts";
import { mcpError, mcpRoutes } from "./mcp.ts";
import { metricsRoutes } from "./metrics.ts";
import { netRoutes } from "./net.ts";
import { ownerRoutes } from "./owner.ts";
import { peerRoutes } from "./peers.ts";
import { redirectRoutes } from "./redirects.ts";
import { requireProof } from "./require_proof.ts";
import { sandboxRoutes } from "./sandbox.ts";
import { secretRoutes } from "./secrets.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { sessionRoutes, signInRoutes } from "./session.ts";
import { upgradeRoutes } from "./upgrade.ts";
import { followUploads, uploadRoutes, Uploads } from "./uploads.ts";
import { userRoutes } from "./users.ts";
import {
  storageDsRoutes,
  storageKvRoutes,
  storageProviderRoutes,
  storageRdRoutes,
  storageS3Routes,
  storageUsageRoutes,
} from "./storage/mod.ts";
import { sqlRoutes } from "./sql.ts";
import { systemRoutes } from "./system.ts";

/** The HTTP API of the node (contract §4); shapes in koder/specs/node.md. */
export function createApi(services: ApiServices): Hono<ApiEnv> {
  const api = new Hono<ApiEnv>();
  api.onError((error, c) => {
    c.set("failure", toFaztError(error).code);
    const render = c.req.path === "/mcp" ? mcpError : errorResponse;
    return render(error, services, c.get("requestId"));
  });
  api.use("*", markRequest(services));
  api.use("*", showTiming, showRate, limitRequests(services));
  api.route("/", documentRoutes());
  api.route("/", mcpRoutes(services));
  api.route("/api", signInRoutes(services));
  api.use("/api/*", requirePrincipal(services), renewSession(services), recordRefusals(services));
  const uploads = new Uploads(services.clock);
  api.use("/api/*", followUploads(uploads));
  for (const route of DANGEROUS) api.use(route.path, requireProof(services, route));
  api.route("/api", sessionRoutes(services));
  api.route("/api/owner", ownerRoutes(services));
  api.route("/api", metricsRoutes(services));
  api.route("/api/system", systemRoutes(services));
  api.route("/api", deployRoutes(services));
  api.route("/api/apps", appTransferRoutes(services));
  api.route("/api/apps", appSourceRoutes(services));
  api.route("/api/apps", appRoutes(services));
  api.route("/api/apps", appRevisionRoutes(services));
  api.route("/api/apps", appLineageRoutes(services));
  api.route("/api/apps", appLogRoutes(services));
  api.route("/api/apps", appRunRoutes(services));
  api.route("/api/apps", appCronRoutes(services));
  api.route("/api/apps", appJobRoutes(services));
  api.route("/api", contentRoutes(services));
  api.route("/api/aliases", aliasRoutes(services));
  api.route("/api/domains", domainRoutes(services));
  api.route("/api/certificates", certificateRoutes(services));
  api.route("/api/keys", keyRoutes(services));
  api.route("/api/peers", peerRoutes(services));
  api.route("/api/secrets", secretRoutes(services));
  api.route("/api/net", netRoutes(services));
  api.route("/api/events", eventRoutes(services));
  api.route("/api/sandbox", sandboxRoutes(services));
  api.route("/api/users", userRoutes(services));
  api.route("/api/storage", storageUsageRoutes(services));
  api.route("/api/storage", storageKvRoutes(services));
  api.route("/api/storage", storageDsRoutes(services));
  api.route("/api/storage", storageS3Routes(services));
  api.route("/api/storage-providers", storageProviderRoutes(services));
  api.route("/api/markets", marketRoutes(services));
  api.route("/api/backups", backupRoutes(services));
  api.route("/api/uploads", uploadRoutes(uploads));
  api.route("/api/access", accessRoutes(services));
  api.route("/api/upgrade", upgradeRoutes(services));
  api.route("/api", activityRoutes(services));
  api.route("/api/storage", storageRdRoutes(services));
  api.route("/api/sql", sqlRoutes(services));
  api.route("/api", analyticsRoutes(services));
  api.route("/api/redirects", redirectRoutes(services));
  api.route("/api", logRoutes(services));
  api.notFound((c) => {
    const allow = methodsAt(api, c.req.path);
    const error = allow.length === 0
      ? new FaztError(
        "NOT_FOUND",
        `There is nothing at ${c.req.method} ${c.req.path.slice(0, 200)}`,
      )
      : new FaztError(
        "METHOD_NOT_ALLOWED",
        `Cannot ${c.req.method} this: it answers ${allow.join(", ")}`,
      );
    c.set("failure", error.code);
    const response = errorResponse(error, services, c.get("requestId"));
    if (allow.length > 0) response.headers.set("allow", allow.join(", "));
    return response;
  });
  return api;
}

/** The methods a path does answer. */
function methodsAt(api: Hono<ApiEnv>, path: string): string[] {
  const methods = api.routes
    .filter((route) => route.method !== "ALL" && patternOf(route.path).test(path))
    .map((route) => route.method);
  return [...new Set(methods)].sort();
}

function patternOf(path: string): RegExp {
  const body = path.split("/").map((part) =>
    part.startsWith(":")
      ? part.endsWith("{.+}") ? ".+" : "[^/]+"
      : part.replace(/[.*+?^$()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${body.join("/")}/?$`);
}
