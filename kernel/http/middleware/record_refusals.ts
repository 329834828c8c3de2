import type { MiddlewareHandler } from "hono";
import { wasTold } from "../../apps/mod.ts";
import { TokenBuckets } from "../../lib/token_bucket.ts";
import type { ApiEnv, ApiServices } from "../api/mod.ts";

/** What one credential may leave in the log: twenty lines at once, one more each five seconds. */
const PACE = { perSecond: 0.2, burst: 20 };
/** What was not understood was not asked for. */
const MISTYPED: ReadonlySet<number> = new Set([400, 404, 405, 408, 411, 413, 422]);

/**
 * Writes down changes that somebody known asked for and that were refused or failed, unless who was
 * to do them already has. Nobody fills the log with it.
 */
export function recordRefusals(services: ApiServices): MiddlewareHandler<ApiEnv> {
  const buckets = new TokenBuckets(() => services.clock());
  return async (c, next) => {
    await next();
    const { status } = c.res;
    if (c.req.method === "GET" || c.req.method === "HEAD") return;
    if (status < 400 || MISTYPED.has(status) || c.get("recorded")) return;
    const actor = c.get("actor");
    if (actor !== undefined && wasTold(actor)) return;
    const principal = c.get("principal");
    if (!buckets.take(principal.id, PACE).allowed) return;
    services.activity.record({
      userId: principal.kind === "key" ? principal.id : "usr_owner",
      actor: principal.name,
      address: c.env.address,
      action: "request.refused",
      target: `${c.req.method} ${c.req.path}`.slice(0, 200),
      result: c.get("failure") ?? String(status),
    });
  };
}
