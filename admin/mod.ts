import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Asset } from "../kernel/http/admin.ts";
import app from "./src/app.js" with { type: "text" };
import icon from "./src/icon.svg" with { type: "text" };
import page from "./src/index.html" with { type: "text" };
import style from "./src/style.css" with { type: "text" };

const SOURCES: readonly (readonly [string, string, string])[] = [
  ["index.html", "text/html; charset=utf-8", page],
  ["app.js", "text/javascript; charset=utf-8", app],
  ["style.css", "text/css; charset=utf-8", style],
  ["icon.svg", "image/svg+xml; charset=utf-8", icon],
];

/** The dashboard's files, compressed once and kept in memory for as long as the node runs. */
export function dashboardAssets(): ReadonlyMap<string, Asset> {
  return new Map(SOURCES.map(([name, type, text]) => {
    const body = new TextEncoder().encode(text);
    const hash = createHash("sha256").update(body).digest("base64url").slice(0, 22);
    return [name, {
      body,
      type,
      brotli: new Uint8Array(brotliCompressSync(body)),
      gzip: new Uint8Array(gzipSync(body)),
      etag: `"${hash}"`,
    }];
  }));
}
