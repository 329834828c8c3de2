import type { RequestFields } from "../lib/request_fields.ts";
import { isLoopback, type Trusts } from "./client_address.ts";
import type { ConnectionInfo } from "./listener/mod.ts";
import { splitUrl } from "./static/mod.ts";
import { withUrl } from "./with_url.ts";

/** What a request is for, once its target, its `Host` and its connection agree. */
export interface RequestTarget {
  /** As it was sent, with the port. */
  readonly host: string;
  readonly path: string;
  /** With its `?`. */
  readonly query: string;
  /** Whether the visitor's connection is encrypted, here or at a trusted proxy. */
  readonly secure: boolean;
}

const [SLASH, MARK, HASH] = [0x2f, 0x3f, 0x23];
/** Methods that are no requests for something here (RFC 9110 §9.3.6, §9.3.8). */
const FOREIGN_METHODS = new Set(["CONNECT", "TRACE", "TRACK"]);
/** Methods that change nothing, which may be sent twice (RFC 9110 §9.2.1, RFC 8470 §4). */
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Reads what a request is for, and says with which status it is refused where that is not one thing:
 * a target that names another host or scheme than the connection (RFC 9112 §3.2), characters no target
 * has, methods of proxies, and what must not be done twice in early data.
 */
export function requestTarget(
  request: Request,
  { info, fields, trusts }: {
    readonly info: ConnectionInfo;
    readonly fields: RequestFields;
    readonly trusts: Trusts;
  },
): RequestTarget | number {
  const { method, url } = request;
  if (FOREIGN_METHODS.has(method)) return 405;
  const named = hostOf(url);
  // Only HTTP/2 may leave it to the target: in HTTP/1.1 a request without Host is none.
  const host = fields.host ?? (info.http2 ? named : null);
  if (host === null || !isSameHost(named, host)) return 400;
  // An absolute target may name the scheme of another port.
  if (url.startsWith("https:") !== info.secure) return 400;
  const { path, query } = splitUrl(url);
  if (url.includes("#") || url.includes("\\") || /%00/.test(path)) return 400;
  if (fields.earlyData === "1" && !SAFE_METHODS.has(method)) return 425;
  if (info.secure) return { host, path, query, secure: true };
  if (fields.forwardedProto?.trim() !== "https") {
    return { host, path, query, secure: false };
  }
  if (!trusts(info.remoteAddr.hostname)) return { host, path, query, secure: false };
  withUrl(request, `https${url.slice(url.indexOf("://"))}`);
  return { host, path, query, secure: true };
}

/** Whether it is a program of this machine that speaks to the node itself, as the command line does. */
export function isLocalCall(host: string, request: Request, info: ConnectionInfo): boolean {
  return isLoopback(info.remoteAddr.hostname) && /^(?:127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host) &&
    request.headers.get("x-forwarded-for") === null;
}

function hostOf(url: string): string {
  const from = url.indexOf("://") + 3;
  for (let to = from; to < url.length; to++) {
    const letter = url.charCodeAt(to);
    if (letter === SLASH || letter === MARK || letter === HASH) return url.slice(from, to);
  }
  return url.slice(from);
}

function isSameHost(named: string, host: string): boolean {
  return named === host || named.toLowerCase() === host.toLowerCase() ||
    bare(named) === bare(host);
}

/** Without the port that the scheme has anyway. */
const bare = (host: string) => host.toLowerCase().replace(/:(?:80|443)$/, "");
