import { isCrawler, type Visit, type Visits } from "../analytics/mod.ts";
import type { Content } from "../content/mod.ts";
import type { Vfs } from "../fs/mod.ts";
import { type InFlight, type Mode, rateHeaders, type RateLimits, rulesFor } from "../guard/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { LINK_PATH, type Links } from "../links/mod.ts";
import type { HostTable, Target } from "../net/mod.ts";
import type { AppRunner, RunnableApp } from "../proc/mod.ts";
import type { AppTraffic, Traffic } from "../traffic/mod.ts";
import { type Client, clientOf } from "./client_address.ts";
import { serveIpfs } from "./ipfs/mod.ts";
import { notFoundPage, refusedPage, rootPage } from "./pages.ts";
import { SIGNED_PATH } from "../storage/mod.ts";
import type { SignedObjects } from "./signed_objects.ts";
import { splitVisit } from "./split_visit.ts";
import { serveStatic, type Site, splitUrl } from "./static/mod.ts";
import { answerTrack } from "./track.ts";
import { SCRIPT_PATH, TRACK_PATH, trackScript } from "./track_script.ts";

/** Who a request came from, as the server tells it. */
export type ConnectionInfo = Deno.ServeHandlerInfo;

/** What the admin host is told besides the request. */
export interface AdminConnection {
  readonly client: Client;
  /** Settles when the answer has been sent whole, or nobody is there to take it. */
  readonly completed: Promise<unknown>;
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
  /** Public content by its id. */
  readonly content: Content;
  /** Of the served revision, or of one that is previewed. */
  readonly site: (appId: string, revision?: number) => Site | undefined;
  /** See {@link EdgeDeps.site}. */
  readonly runnable: (appId: string, revision?: number) => RunnableApp | undefined;
  readonly runner: AppRunner;
  readonly admin: AdminHandler;
  /** Answers signed addresses of objects, without the app's code. */
  readonly objects: SignedObjects;
  readonly newRequestId: () => string;
  /** True from the moment the node stops: new requests are sent away. */
  readonly draining: () => boolean;
  /** How often code and API may be asked. */
  readonly rates: RateLimits;
  /** How many requests are open. */
  readonly inFlight: InFlight;
  /** What visitors of each app got this month. */
  readonly traffic: Traffic;
  /** What visitors do. */
  readonly visits: Visits;
  /** Short links. */
  readonly links: Links;
  /** Told each answer once it is known, with when the request came (`performance.now()`). */
  readonly answered: (response: Response, began: number) => void;
  /** Time a body may take to arrive, s. */
  readonly bodySeconds: () => number;
  /** The id of the API key that a request carries, if there is such a key. */
  readonly keyOf: (authorization: string | null) => string | undefined;
  /** `limits.request.headerKb` in bytes, now. */
  readonly headerBytes: () => number;
  /** How the node serves: from `cockpit-only` on apps are closed. */
  readonly mode: () => Mode;
  readonly onError: (error: unknown) => void;
}

/** What of a request is known once its app is. */
interface AppVisit {
  readonly request: Request;
  readonly info: ConnectionInfo;
  readonly site: Site;
  /** The revision, where it is a preview. */
  readonly preview: number | undefined;
  readonly path: string;
  readonly traffic: AppTraffic;
  readonly seen: Seen;
}

/** What is known of a request when its answer is; without an app's id where it was to none. */
type Seen = { -readonly [K in keyof Visit]: Visit[K] };

/** The one door of every request: host, then admin, app code or static file. */
export function createEdge(
  deps: EdgeDeps,
): (request: Request, info: ConnectionInfo) => Response | Promise<Response> {
  const { rates, inFlight } = deps;

  const toCode = async (visit: AppVisit): Promise<Response> => {
    const { request, info, site, traffic } = visit;
    const requestId = deps.newRequestId();
    const app = deps.runnable(site.appId, visit.preview);
    if (app === undefined) return notFoundPage(request.method);
    const { counted } = clientOf(info.remoteAddr, request.headers);
    const verdict = rates.app({
      appId: site.appId,
      counted,
      rules: rulesFor(site.rates, visit.path),
      keyId: () => deps.keyOf(request.headers.get("authorization")),
    });
    const refused = verdict.refused ??
      inFlight.enter({ counted, completed: info.completed });
    const response = refused ? refusal(refused, { requestId }) : await deps.runner.handle(
      app,
      request,
      { requestId, trigger: "http", userId: undefined, traffic },
    );
    for (const [name, value] of rateHeaders(verdict)) response.headers.set(name, value);
    return finish(response, requestId);
  };

  const toObject = async ({ request, info, site, path, traffic }: AppVisit): Promise<Response> => {
    const { counted } = clientOf(info.remoteAddr, request.headers);
    const refused = inFlight.enter({ counted, completed: info.completed });
    if (refused) return refusedPage(503, CLOSING);
    const response = await deps.objects(request, site.appId, path);
    if (request.method !== "HEAD") {
      traffic.sent(Number(response.headers.get("content-length") ?? 0));
    }
    return response;
  };

  const toApp = (visit: AppVisit): Response | Promise<Response> => {
    const { request, info, site, path, traffic } = visit;
    traffic.requests++;
    const isCode = site.hasServer && (path === "/api" || path.startsWith("/api/"));
    if (traffic.spent) {
      const again = { "retry-after": String(deps.traffic.secondsLeft) };
      return isCode
        ? refusal(outOfTraffic(), { requestId: deps.newRequestId(), headers: again })
        : refusedPage(429, { "cache-control": "no-store", ...again });
    }
    if (isCode) return toCode(visit);
    if (path === SCRIPT_PATH) return trackScript(request);
    if (path === TRACK_PATH && request.method === "POST") return toTrack(visit);
    if (path.startsWith(SIGNED_PATH)) return toObject(visit);
    const admit = () => {
      const { counted } = clientOf(info.remoteAddr, request.headers);
      const refused = inFlight.enter({ counted, completed: info.completed });
      return refused && refusedPage(503, CLOSING);
    };
    const answer = serveStatic(request, { site, vfs: deps.vfs, sent: traffic, admit });
    // What the app has at such a path goes first.
    if (answer.status !== 404 || !path.startsWith(LINK_PATH)) return answer;
    return followLink(request, path, site.appId) ?? answer;
  };

  /** Where a short link leads; undefined where there is none. */
  const followLink = (request: Request, path: string, appId?: string): Response | undefined => {
    const link = deps.links.find(path, appId);
    if (link === undefined) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD") {
      return refusedPage(405, { allow: "GET, HEAD" });
    }
    if (request.method === "GET" && !isCrawler(request.headers)) deps.links.followed(link.slug);
    // Not kept by anybody: each time it is followed counts, and where it leads may change.
    const headers = { location: link.url, "cache-control": "no-store" };
    return new Response(null, { status: link.status, headers });
  };

  const toTrack = async ({ request, info, seen }: AppVisit): Promise<Response> => {
    const { counted } = clientOf(info.remoteAddr, request.headers);
    if (rates.address(counted).refused) return refusedPage(429, { "retry-after": "1" });
    const refused = inFlight.enter({ counted, completed: info.completed });
    if (refused) return refusedPage(503, CLOSING);
    return await answerTrack(request, {
      seconds: deps.bodySeconds(),
      take: (signal) => seen.appId !== "" && deps.visits.signal(seen, request, signal),
    });
  };

  /** Content by its id; undefined where the path has none, or the host is none of ours. */
  const toContent = (
    request: Request,
    info: ConnectionInfo,
    target: Target,
  ): Response | Promise<Response> | undefined => {
    if (target.kind !== "app" && target.kind !== "admin" && target.kind !== "root") {
      return undefined;
    }
    if (closedToVisitors(deps.mode())) return refusedPage(503, { "retry-after": "10" });
    const counted = () => clientOf(info.remoteAddr, request.headers).counted;
    return serveIpfs(request, {
      content: deps.content,
      vfs: deps.vfs,
      host: target.kind === "app" ? target.appId : target.kind === "root" ? "" : undefined,
      traffic: (appId) => {
        if (appId === "") return UNCOUNTED;
        const traffic = deps.traffic.of(appId);
        traffic.requests++;
        if (!traffic.spent) return traffic;
        const again = { "retry-after": String(deps.traffic.secondsLeft) };
        return refusedPage(429, { "cache-control": "no-store", ...again });
      },
      admit: () =>
        inFlight.enter({ counted: counted(), completed: info.completed }) &&
        refusedPage(503, CLOSING),
      rate: () => rates.address(counted()).refused && refusedPage(429, { "retry-after": "1" }),
    });
  };

  const atApp = (
    { appId, revision }: { readonly appId: string; readonly revision?: number },
    { request, info, path, seen }: Pick<AppVisit, "request" | "info" | "path" | "seen">,
  ): Response | Promise<Response> => {
    if (closedToVisitors(deps.mode())) return refusedPage(503, { "retry-after": "10" });
    const site = deps.site(appId, revision);
    if (site === undefined) return notFoundPage(request.method);
    if (site.headerBytes < Infinity && sizeOf(request.headers) > site.headerBytes) {
      return refusedPage(431, CLOSING);
    }
    const traffic = deps.traffic.of(appId);
    // What is only previewed has no visitors.
    if (revision === undefined) {
      seen.appId = appId;
      seen.watched = site.analytics;
    }
    return toApp({ request, info, site, preview: revision, path, traffic, seen });
  };

  const route = (
    request: Request,
    info: ConnectionInfo,
    seen: Seen,
  ): Response | Promise<Response> => {
    const { path, query } = splitUrl(request.url);
    seen.path = path;
    if (path === "/health") return Response.json({ data: { ok: true } }, NO_STORE);
    if (deps.draining()) return refusedPage(503, { connection: "close", "retry-after": "5" });
    const host = request.headers.get("host");
    // Of an absolute-form target that differs from Host, only one could be meant (RFC 9112 §3.2).
    if (host === null || !sameHost(request.url, host)) return refusedPage(400);
    const headerBytes = sizeOf(request.headers);
    if (headerBytes > deps.headerBytes()) return refusedPage(431, CLOSING);
    const target = deps.hosts.resolve(host);
    const content = path.startsWith("/ipfs/") ? toContent(request, info, target) : undefined;
    if (content !== undefined) return content;
    switch (target.kind) {
      case "app":
        return atApp(target, { request, info, path, seen });
      case "preview":
        return then(atApp(target, { request, info, path, seen }), unlisted);
      case "split": {
        const { appId, request: as, mark } = splitVisit(request, target.routes);
        if (appId === undefined) return notFoundPage(request.method);
        return then(atApp({ appId }, { request: as, info, path, seen }), mark);
      }
      case "admin":
        return deps.admin(request, {
          client: clientOf(info.remoteAddr, request.headers),
          completed: info.completed,
          draining: deps.draining,
        });
      case "root":
        if (closedToVisitors(deps.mode())) return refusedPage(503, { "retry-after": "10" });
        if (path === "/") return rootPage(request.method);
        return followLink(request, path) ?? notFoundPage(request.method);
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

  /** Counts an answer; whatever goes wrong here, the visitor gets it. */
  const counted = (response: Response, request: Request, seen: Seen): Response => {
    try {
      deps.answered(response, seen.began);
      if (seen.appId !== "") deps.visits.count(seen, request, response);
    } catch (error) {
      deps.onError(error);
    }
    return response;
  };

  return (request, info) => {
    const seen: Seen = { began: performance.now(), path: "", info, appId: "", watched: false };
    const failed = (error: unknown) => {
      deps.onError(error);
      return refusedPage(500);
    };
    try {
      const answer = route(request, info, seen);
      if (!(answer instanceof Promise)) return counted(answer, request, seen);
      return answer.catch(failed).then((response) => counted(response, request, seen));
    } catch (error) {
      return counted(failed(error), request, seen);
    }
  };
}

function then(
  answer: Response | Promise<Response>,
  change: (response: Response) => Response,
): Response | Promise<Response> {
  return answer instanceof Promise ? answer.then(change) : change(answer);
}

/** Keeps a preview out of search engines. */
function unlisted(response: Response): Response {
  response.headers.set("x-robots-tag", "noindex");
  return response;
}

const closedToVisitors = (mode: Mode) => mode === "cockpit-only" || mode === "emergency";
/** Says that the connection ends: nothing more is read from it. */
const CLOSING = { connection: "close" };
const BUSY = { ...CLOSING, "retry-after": "1" };
/** What belongs to no app is on nobody's account. */
const UNCOUNTED = { sent: () => {} };
const NO_STORE = { headers: { "cache-control": "no-store" } };

function sameHost(url: string, host: string): boolean {
  const from = url.indexOf("://") + 3;
  const to = url.indexOf("/", from);
  const inUrl = url.slice(from, to < 0 ? undefined : to);
  return inUrl === host || inUrl.toLowerCase() === host.toLowerCase().replace(/:(?:80|443)$/, "");
}

/** Names and values with what stands between them (RFC 9112 §5). */
function sizeOf(headers: Headers): number {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length + 4;
  return bytes;
}

/** A refusal in the shape that errors of app code have. */
function refusal(
  error: FaztError,
  { requestId, headers = error.status === 503 ? BUSY : {} }: {
    readonly requestId: string;
    readonly headers?: Record<string, string>;
  },
): Response {
  return Response.json({ error: { ...error.toBody(), requestId } }, {
    status: error.status,
    headers: { "cache-control": "no-store", "x-request-id": requestId, ...headers },
  });
}

/** What visitors get until the month ends; how much there was is the owner's business. */
function outOfTraffic(): FaztError {
  return new FaztError("QUOTA", "Cannot answer: this app has sent what it may this month", {
    hint: "its owner raises it with fazt config set limits.net.egressGbPerMonth <value>",
    details: { limit: "net.egressGbPerMonth" },
  });
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
