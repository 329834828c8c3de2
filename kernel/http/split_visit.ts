import { randomInt } from "node:crypto";
import {
  bucketCookie,
  bucketOf,
  BUCKETS,
  routeOf,
  setsBucket,
  type SplitRoute,
  withoutBucket,
} from "../net/mod.ts";
import { withUrl } from "./with_url.ts";

/** One request to a split label, once its app is chosen. */
export interface SplitVisit {
  /** Undefined when the split has no apps. */
  readonly appId: string | undefined;
  /** The request as the app may see it: without the cookie that chose. */
  readonly request: Request;
  /** Keeps the visitor with the app, and the answer out of shared caches. */
  readonly mark: (response: Response) => Response;
}

/** Chooses the app of a request: by the visitor's bucket, or by chance the first time. */
export function splitVisit(request: Request, routes: readonly SplitRoute[]): SplitVisit {
  const cookies = request.headers.get("cookie");
  const known = bucketOf(cookies);
  const bucket = known ?? randomInt(BUCKETS);
  return {
    appId: routeOf(routes, bucket),
    request: cookies === null ? request : withCookies(request, withoutBucket(cookies)),
    mark: (response) => {
      const { headers } = response;
      const own = headers.getSetCookie().filter((cookie) => !setsBucket(cookie));
      headers.delete("set-cookie");
      for (const cookie of own) headers.append("set-cookie", cookie);
      if (known === undefined) {
        headers.append("set-cookie", bucketCookie(bucket, request.url.startsWith("https:")));
      }
      headers.append("vary", "cookie");
      headers.set("cache-control", privately(headers.get("cache-control")));
      return response;
    },
  };
}

function withCookies(request: Request, cookies: string | undefined): Request {
  if (cookies === request.headers.get("cookie")) return request;
  const headers = new Headers(request.headers);
  if (cookies === undefined) headers.delete("cookie");
  else headers.set("cookie", cookies);
  return withUrl(new Request(request, { headers }), request.url);
}

/** The same caching for one visitor: another may get another app at the same URL. */
function privately(cacheControl: string | null): string {
  const kept = (cacheControl ?? "").split(",").map((part) => part.trim())
    .filter((part) => part !== "" && !/^(?:public|private|s-maxage)(?:\s*=|$)/i.test(part));
  return kept.some((part) => part.toLowerCase() === "no-store")
    ? kept.join(", ")
    : ["private", ...kept].join(", ");
}
