import type { Hono } from "hono";
import type { ApiEnv } from "./api/mod.ts";
import type { AdminHandler } from "./edge.ts";
import { ADMIN_HEADERS } from "./middleware/secure_headers.ts";
import { matchesEtag, pickEncoding, splitUrl } from "./static/mod.ts";

/** One file of the dashboard, ready in memory. */
export interface Asset {
  readonly body: Uint8Array;
  readonly type: string;
  readonly brotli?: Uint8Array;
  readonly gzip?: Uint8Array;
  /** With its quotes. */
  readonly etag: string;
  /** Its name holds a hash of its content. */
  readonly immutable?: boolean;
}

/**
 * Answers for the admin host. The dashboard comes from memory alone (the Cockpit Rule): it
 * answers when the disk is full, the cache is off and every app is broken.
 * @param assets by path without the first slash; `index.html` answers every deep link
 */
export function createAdmin(
  { api, assets, bodySeconds }: {
    readonly api: Hono<ApiEnv>;
    readonly assets: ReadonlyMap<string, Asset>;
    /** `limits.request.bodySeconds`, now. */
    readonly bodySeconds: () => number;
  },
): AdminHandler {
  return async (request, { client, completed, draining }) => {
    const { path } = splitUrl(request.url);
    const isApi = path === "/api" || path.startsWith("/api/") || path === "/mcp" ||
      path === "/openapi.json" || path.startsWith("/schemas/");
    const response = isApi
      ? await api.fetch(request, { ...client, completed, draining, bodySeconds: bodySeconds() })
      : serveAsset(request, path, assets);
    for (const [name, value] of ADMIN_HEADERS) response.headers.set(name, value);
    if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
    return response;
  };
}

function serveAsset(
  request: Request,
  path: string,
  assets: ReadonlyMap<string, Asset>,
): Response {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const name = path.slice(1);
  // A path with an extension names a file; anything else is a page of the dashboard.
  const asset = assets.get(name) ??
    (name.slice(name.lastIndexOf("/") + 1).includes(".") ? undefined : assets.get("index.html"));
  if (asset === undefined) return new Response("Not found", { status: 404 });
  const encoding = pickEncoding(request.headers.get("accept-encoding") ?? "", [
    ...(asset.brotli ? ["br" as const] : []),
    ...(asset.gzip ? ["gzip" as const] : []),
  ]);
  const etag = encoding === undefined ? asset.etag : asset.etag.replace(/"$/, `-${encoding}"`);
  const headers = new Headers({
    etag,
    vary: "accept-encoding",
    "cache-control": asset.immutable ? "public, max-age=31536000, immutable" : "no-cache",
  });
  const condition = request.headers.get("if-none-match");
  if (condition !== null && matchesEtag(condition, etag)) {
    return new Response(null, { status: 304, headers });
  }
  headers.set("content-type", asset.type);
  if (encoding !== undefined) headers.set("content-encoding", encoding);
  const body = encoding === "br" ? asset.brotli! : encoding === "gzip" ? asset.gzip! : asset.body;
  return new Response(request.method === "HEAD" ? null : body as Uint8Array<ArrayBuffer>, {
    headers,
  });
}
