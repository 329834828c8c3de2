import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import { manifestJsonSchema } from "../../apps/mod.ts";
import { describe, openApi } from "../openapi/mod.ts";
import { matchesEtag } from "../static/mod.ts";
import type { ApiEnv } from "./services.ts";

describe({
  "GET /openapi.json": {
    does: "This document",
    scope: "none",
    gives: "OpenAPI 3.1",
    type: "application/json",
  },
  "GET /api/openapi.json": {
    does: "This document",
    scope: "none",
    gives: "OpenAPI 3.1",
    type: "application/json",
  },
  "GET /schemas/app.json": {
    does: "The JSON Schema of app.json, for editors",
    scope: "none",
    gives: "JSON Schema, draft 2020-12",
    type: "application/schema+json",
  },
});

/** Documents about the node that say nothing of what is on it: nobody needs a credential. */
export function documentRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const api = lazy(openApi);
  const manifest = lazy(manifestJsonSchema);
  routes.get("/openapi.json", async (c) => send(c, await api(), "application/json"));
  routes.get("/api/openapi.json", async (c) => send(c, await api(), "application/json"));
  routes.get(
    "/schemas/app.json",
    async (c) => send(c, await manifest(), "application/schema+json"),
  );
  return routes;
}

interface Document {
  readonly text: string;
  readonly etag: string;
}

/** Made once, when it is first asked for: most nodes are never asked. */
function lazy(make: () => unknown): () => Promise<Document> {
  let made: Promise<Document> | undefined;
  return () =>
    made ??= (async () => {
      const text = JSON.stringify(await make());
      return { text, etag: `"${createHash("sha256").update(text).digest("base64url")}"` };
    })();
}

function send(c: Context<ApiEnv>, { text, etag }: Document, type: string): Response {
  const headers = { etag, "cache-control": "no-cache", "content-type": type };
  const condition = c.req.header("if-none-match");
  if (condition !== undefined && matchesEtag(condition, etag)) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(text, { headers });
}
