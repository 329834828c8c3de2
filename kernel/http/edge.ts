import type { Vfs } from "../fs/mod.ts";
import type { Mode } from "../guard/mod.ts";
import type { HostTable } from "../net/mod.ts";
import type { AppRunner, RunnableApp } from "../proc/mod.ts";
import { notFoundPage, refusedPage, rootPage } from "./pages.ts";
import { serveStatic, type Site, splitUrl } from "./static/mod.ts";

/** Who a request came from, as the server tells it. */
export type ConnectionInfo = Deno.ServeHandlerInfo;

/** What the admin host is told besides the request. */
export interface AdminConnection {
  readonly info: ConnectionInfo;
  /** True from the moment the node stops: what has no end of its own must end. */
  readonly draining: () => boolean;
}

/** Answers a request of the admin host. */
export type AdminHandler = (
  request: Request,
  connection: AdminConnection,
) => Response | Promise<Response>;

/** What the edge works with. */
export interface EdgeDeps {
  readonly hosts: HostTable;
  readonly vfs: Vfs;
  readonly site: (appId: string) => Site | undefined;
  readonly runnable: (appId: string) => RunnableApp | undefined;
  readonly runner: AppRunner;
  readonly admin: AdminHandler;
  readonly newRequestId: () => string;
  /** True from the moment the node stops: new requests are sent away. */
  readonly draining: () => boolean;
  /** How the node serves: from `cockpit-only` on apps are closed. */
  readonly mode: () => Mode;
  readonly onError: (error: unknown) => void;
}

/** Largest sum of header names and values, bytes. */
const HEADER_BYTES = 32 * 1024;

/** The one door of every request: host, then admin, app code or static file. */
export function createEdge(
  deps: EdgeDeps,
): (request: Request, info: ConnectionInfo) => Response | Promise<Response> {
  const toCode = async (request: Request, appId: string): Promise<Response> => {
    const requestId = deps.newRequestId();
    const app = deps.runnable(appId);
    if (app === undefined) return notFoundPage(request.method);
    const response = await deps.runner.handle(app, request, {
      requestId,
      trigger: "http",
      userId: undefined,
    });
    return finish(response, requestId);
  };

  const route = (request: Request, info: ConnectionInfo): Response | Promise<Response> => {
    const { path, query } = splitUrl(request.url);
    if (path === "/health") return Response.json({ data: { ok: true } }, NO_STORE);
    if (deps.draining()) return refusedPage(503, { connection: "close", "retry-after": "5" });
    const host = request.headers.get("host");
    // Of an absolute-form target that differs from Host, only one could be meant (RFC 9112 §3.2).
    if (host === null || !sameHost(request.url, host)) return refusedPage(400);
    if (tooManyHeaders(request)) return refusedPage(431);
    const target = deps.hosts.resolve(host);
    switch (target.kind) {
      case "app": {
        if (closedToVisitors(deps.mode())) return refusedPage(503, { "retry-after": "10" });
        const site = deps.site(target.appId);
        if (site === undefined) return notFoundPage(request.method);
        if (site.hasServer && (path === "/api" || path.startsWith("/api/"))) {
          return toCode(request, target.appId);
        }
        return serveStatic(request, site, deps.vfs);
      }
      case "admin":
        return deps.admin(request, { info, draining: deps.draining });
      case "root":
        if (closedToVisitors(deps.mode())) return refusedPage(503, { "retry-after": "10" });
        return path === "/" ? rootPage(request.method) : notFoundPage(request.method);
      case "redirect":
        return redirect(target.url);
      case "bare":
        return redirect(withHost(request.url, target.domain) + path + query);
      case "none":
        return notFoundPage(request.method);
      case "unknown":
        return refusedPage(421);
      case "malformed":
        return refusedPage(400);
    }
  };

  return (request, info) => {
    try {
      const answer = route(request, info);
      if (!(answer instanceof Promise)) return answer;
      return answer.catch((error) => {
        deps.onError(error);
        return refusedPage(500);
      });
    } catch (error) {
      deps.onError(error);
      return refusedPage(500);
    }
  };
}

const closedToVisitors = (mode: Mode) => mode === "cockpit-only" || mode === "emergency";
const NO_STORE = { headers: { "cache-control": "no-store" } };

function sameHost(url: string, host: string): boolean {
  const from = url.indexOf("://") + 3;
  const to = url.indexOf("/", from);
  const inUrl = url.slice(from, to < 0 ? undefined : to);
  return inUrl === host || inUrl.toLowerCase() === host.toLowerCase().replace(/:(?:80|443)$/, "");
}

function tooManyHeaders(request: Request): boolean {
  let bytes = 0;
  for (const [name, value] of request.headers) bytes += name.length + value.length + 4;
  return bytes > HEADER_BYTES;
}

function redirect(location: string): Response {
  return new Response(null, { status: 308, headers: { location, "cache-control": "no-cache" } });
}

function withHost(url: string, domain: string): string {
  const { protocol, port } = new URL(url);
  return `${protocol}//${domain}${port ? `:${port}` : ""}`;
}

/** Marks an app's answer with its request and keeps its cookies to its own host. */
function finish(response: Response, requestId: string): Response {
  response.headers.set("x-request-id", requestId);
  if (response.headers.has("set-cookie")) {
    // A cookie for the whole domain would reach the dashboard and every other app.
    const cookies = response.headers.getSetCookie().map((cookie) =>
      cookie.replace(/;\s*domain\s*=[^;]*/gi, "")
    );
    response.headers.delete("set-cookie");
    for (const cookie of cookies) response.headers.append("set-cookie", cookie);
  }
  return response;
}
