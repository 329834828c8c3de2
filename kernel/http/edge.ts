import type { AccessLog } from "../access/mod.ts";
import { isCrawler, type Visit, type Visits } from "../analytics/mod.ts";
import type { Content } from "../content/mod.ts";
import type { Vfs } from "../fs/mod.ts";
import { type InFlight, type Mode, rateHeaders, type RateLimits, rulesFor } from "../guard/mod.ts";
import { judgeCors, markCors } from "../lib/cors.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { readFields } from "../lib/request_fields.ts";
import { LINK_PATH, type Links } from "../links/mod.ts";
import type { HostTable, Target } from "../net/mod.ts";
import type { AppRunner, RunnableApp } from "../proc/mod.ts";
import type { AppTraffic, Traffic } from "../traffic/mod.ts";
import { protect } from "./app_headers.ts";
import { type Client, clientOf, type Trusts } from "./client_address.ts";
import { serveIpfs } from "./ipfs/mod.ts";
import type { ConnectionInfo, RequestHandler } from "./listener/mod.ts";
import { notFoundPage, refusedPage, rootPage } from "./pages.ts";
import { isLocalCall, type RequestTarget, requestTarget } from "./request_target.ts";
import { SIGNED_PATH } from "../storage/mod.ts";
import type { SignedObjects } from "./signed_objects.ts";
import { splitVisit } from "./split_visit.ts";
import { type Fields, NOTHING, serveStatic, type Site, splitUrl } from "./static/mod.ts";
import { answerTrack } from "./track.ts";
import { SCRIPT_PATH, TRACK_PATH, trackScript } from "./track_script.ts";

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
  /** Told the status of each answer once it is known, and the time until then. */
  readonly answered: (status: number, ms: number) => void;
  /** Time a body may take to arrive, s. */
  readonly bodySeconds: () => number;
  /** The id of the API key that a request carries, if there is such a key. */
  readonly keyOf: (authorization: string | null) => string | undefined;
  /** `limits.request.headerKb` in bytes, now. */
  readonly headerBytes: () => number;
  /** Whether a proxy at an address is believed. */
  readonly trusts: Trusts;
  /** What was asked for, as far as it is worth a line. */
  readonly access: AccessLog;
  /** Seconds for which a browser that came by HTTPS comes by nothing else; 0 is none. */
  readonly hstsSeconds: () => number;
  /** Whether a credential is one of the owner's: then an answer says what took how long. */
  readonly isOwner: (authorization: string) => boolean;
  /** The port of HTTPS, once there is one: then plain HTTP is only the way there. */
  readonly httpsPort: () => number | undefined;
  /** The answer to an ACME server's HTTP-01 question (RFC 8555 §8.3), if one is expected. */
  readonly acmeAnswer: (host: string, token: string) => string | undefined;
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
type Seen = { -readonly [K in keyof Visit]: Visit[K] } & {
  /** When it came, of `performance.now()`. */
  readonly began: number;
  target: RequestTarget | undefined;
  /** The app that answers, of a preview too. */
  served: string | undefined;
  /** The media type of the file that answers, which carries {@link Seen.also} then. */
  file: string | undefined;
  /** What the answer says besides, whatever it is. */
  also: Fields;
};

/** The one door of every request: host, then admin, app code or static file. */
export function createEdge(deps: EdgeDeps): RequestHandler {
  const { rates, inFlight } = deps;
  const clientAt = (request: Request, info: ConnectionInfo) =>
    clientOf(info.remoteAddr, request.headers, deps.trusts);

  const toCode = async (visit: AppVisit): Promise<Response> => {
    const { request, info, site, traffic } = visit;
    const began = performance.now();
    const requestId = deps.newRequestId();
    const app = deps.runnable(site.appId, visit.preview);
    if (app === undefined) return notFoundPage(request.method);
    const { counted } = clientAt(request, info);
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
    const credential = request.headers.get("authorization");
    response.headers.delete("server-timing");
    if (credential !== null && deps.isOwner(credential)) {
      const ms = performance.now() - began;
      response.headers.set("server-timing", `app;dur=${ms.toFixed(2)}`);
    }
    return finish(response, requestId);
  };

  const toObject = async ({ request, info, site, path, traffic }: AppVisit): Promise<Response> => {
    const { counted } = clientAt(request, info);
    const refused = inFlight.enter({ counted, completed: info.completed });
    if (refused) return refusedPage(503, CLOSING);
    const response = await deps.objects(request, site.appId, path);
    if (request.method !== "HEAD") {
      traffic.sent(Number(response.headers.get("content-length") ?? 0));
    }
    return response;
  };

  const toApp = (visit: AppVisit): Response | Promise<Response> => {
    const { request, info, site, path, traffic, seen } = visit;
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
      const { counted } = clientAt(request, info);
      const refused = inFlight.enter({ counted, completed: info.completed });
      return refused && refusedPage(503, CLOSING);
    };
    const { fields, also } = seen;
    const found = (type: string) => void (seen.file = type);
    const { vfs } = deps;
    const answer = serveStatic(request, { site, vfs, fields, also, found, sent: traffic, admit });
    // What the app has at such a path goes first.
    if (answer.status !== 404 || !path.startsWith(LINK_PATH)) return answer;
    const link = followLink(request, path, site.appId);
    if (link !== undefined) seen.file = undefined;
    return link ?? answer;
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
    const { counted } = clientAt(request, info);
    if (rates.address(counted).refused) return refusedPage(429, { "retry-after": "1" });
    const refused = inFlight.enter({ counted, completed: info.completed });
    if (refused) return refusedPage(503, CLOSING);
    return await answerTrack(request, {
      host: seen.host,
      seconds: deps.bodySeconds(),
      take: (signal) => seen.appId !== "" && deps.visits.signal(seen, signal),
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
    const counted = () => clientAt(request, info).counted;
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
    seen.served = appId;
    if (closedToVisitors(deps.mode())) return refusedPage(503, { "retry-after": "10" });
    const site = deps.site(appId, revision);
    if (site === undefined) return notFoundPage(request.method);
    if (seen.fields.bytes > site.headerBytes) {
      return refusedPage(431, CLOSING);
    }
    const traffic = deps.traffic.of(appId);
    // What is only previewed has no visitors.
    if (revision === undefined) {
      seen.appId = appId;
      seen.watched = site.analytics;
    }
    const visit = { request, info, site, preview: revision, path, traffic, seen };
    if (site.cors === undefined) return toApp(visit);
    const verdict = judgeCors(site.cors, request);
    return verdict.preflight ?? then(toApp(visit), (response) => markCors(response, verdict));
  };

  const route = (
    request: Request,
    info: ConnectionInfo,
    seen: Seen,
  ): Response | Promise<Response> => {
    const { fields } = seen;
    const asked = requestTarget(request, { info, fields, trusts: deps.trusts });
    if (request.url.endsWith("/health") && splitUrl(request.url).path === "/health") {
      return Response.json({ data: { ok: true } }, NO_STORE);
    }
    if (typeof asked === "number") return refusedPage(asked, asked === 405 ? METHODS : {});
    seen.target = asked;
    const { host, path, query } = asked;
    seen.path = path;
    seen.host = host;
    seen.also = asked.secure ? transportSecurity(host, deps.hstsSeconds()) : NOTHING;
    if (deps.draining()) return refusedPage(503, { connection: "close", "retry-after": "5" });
    const challenge = path.startsWith(ACME_PATH) && !info.secure &&
      deps.acmeAnswer(nameOf(host), path.slice(ACME_PATH.length));
    if (challenge) return new Response(challenge, ACME_HEADERS);
    if (fields.bytes > deps.headerBytes()) return refusedPage(431, CLOSING);
    const target = deps.hosts.resolve(host);
    if (!asked.secure && mustBeSecure(request, info, { host, target })) {
      return redirect(`https://${nameOf(host)}${portOf(deps.httpsPort()!)}${path}${query}`);
    }
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
          client: clientAt(request, info),
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

  /** Whether plain HTTP is only told where to go: wherever there is HTTPS, but for this machine. */
  const mustBeSecure = (
    request: Request,
    info: ConnectionInfo,
    { host, target }: { readonly host: string; readonly target: Target },
  ): boolean =>
    deps.httpsPort() !== undefined && target.kind !== "unknown" && target.kind !== "malformed" &&
    !isLocalCall(host, request, info);

  /** What every answer gets at its end, and what is noted of it; the visitor gets it in any case. */
  const end = (response: Response, request: Request, info: ConnectionInfo, seen: Seen) => {
    try {
      // The answer of a file carries it already: to look at its fields again is not free.
      if (seen.file === undefined) {
        for (const [name, value] of Object.entries(seen.also)) response.headers.set(name, value);
      }
      const ms = performance.now() - seen.began;
      const { status } = response;
      if (seen.target !== undefined) {
        noted(response, request, { info, seen, target: seen.target, ms });
      }
      deps.answered(status, ms);
      if (seen.appId !== "") {
        const type = seen.file ?? response.headers.get("content-type");
        deps.visits.count(seen, { method: request.method, status, type, ms });
      }
    } catch (error) {
      deps.onError(error);
    }
    return response;
  };

  const noted = (
    response: Response,
    request: Request,
    { info, seen, target: { host, path, secure }, ms }: {
      readonly info: ConnectionInfo;
      readonly seen: Seen;
      readonly target: RequestTarget;
      readonly ms: number;
    },
  ): void => {
    const why = deps.access.why(response.status, ms);
    if (why === undefined) return;
    const appId = seen.served;
    const address = () => clientAt(request, info).address;
    deps.access.append(why, { request, response, appId, path, host, secure, address, ms });
  };

  return (request, info) => {
    const { headers } = request;
    const seen: Seen = {
      began: performance.now(),
      path: "",
      host: "",
      info,
      headers,
      fields: readFields(headers),
      appId: "",
      watched: false,
      target: undefined,
      served: undefined,
      file: undefined,
      also: NOTHING,
    };
    const failed = (error: unknown) => {
      deps.onError(error);
      return refusedPage(500);
    };
    try {
      const answer = route(request, info, seen);
      if (!(answer instanceof Promise)) return end(answer, request, info, seen);
      return answer.catch(failed).then((response) => end(response, request, info, seen));
    } catch (error) {
      return end(failed(error), request, info, seen);
    }
  };
}

/**
 * Tells browsers to come to a host by HTTPS only (RFC 6797), for so many seconds; 0 tells nothing, and
 * so does a host where development is done.
 */
function transportSecurity(host: string, seconds: number): Fields {
  if (seconds === 0 || isForDevelopment(host)) return NOTHING;
  return { "strict-transport-security": `max-age=${seconds}` };
}

function isForDevelopment(host: string): boolean {
  return /(?:^|\.)localhost(?::\d+)?$|^[\d.]+(?::\d+)?$|^\[/i.test(host);
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
const METHODS = { allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" };
/** Where an ACME server looks (RFC 8555 §8.3). */
const ACME_PATH = "/.well-known/acme-challenge/";
const ACME_HEADERS = {
  headers: { "content-type": "application/octet-stream", "cache-control": "no-store" },
};

/** A host without its port. */
const nameOf = (host: string) => host.toLowerCase().replace(/:\d+$/, "");
const portOf = (port: number) => port === 443 ? "" : `:${port}`;

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
  protect(response);
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
