import { type Context, Hono } from "hono";
import type { McpEndpoint } from "../../mcp/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { FaztError, toFaztError } from "../../lib/fazt_error.ts";
import { unauthorized } from "../../security/mod.ts";
import { readBytes, uploadOf } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

/** Largest message, bytes: whole apps come in one. */
const MAX_MESSAGE = 16 * MIB;

/** `/mcp`: the Model Context Protocol over streamable HTTP, for keys only. */
export function mcpRoutes(services: ApiServices): Hono<ApiEnv> {
  let endpoint: Promise<McpEndpoint> | undefined;
  const routes = new Hono<ApiEnv>();
  routes.all("/mcp", async (c) => {
    refuseOrigin(c);
    const principal = c.get("principal");
    // A browser sends its session with whatever a page asks for: only who says a key is heard.
    if (principal === undefined || c.req.header("authorization") === undefined) {
      throw unauthorized();
    }
    if (c.req.method !== "POST") {
      throw new FaztError("METHOD_NOT_ALLOWED", `Cannot ${c.req.method} this: it answers POST`);
    }
    const options = uploadOf(c);
    const body = parse(await readBytes(c.req.raw, MAX_MESSAGE, options));
    // Nodes that are never asked do not carry the protocol in memory.
    endpoint ??= import("../../mcp/mod.ts").then(({ createMcp }) => createMcp(services));
    const { address } = c.env;
    return await (await endpoint)(c.req.raw, { body, sender: { principal, address } });
  });
  return routes;
}

/**
 * A page of another site must not reach the node through its visitor's browser, whatever name the
 * page gave the node's address (DNS rebinding): the edge knows the hosts, this knows the origins.
 * @throws {FaztError} `FORBIDDEN`.
 */
function refuseOrigin(c: Context<ApiEnv>): void {
  const origin = c.req.header("origin");
  if (origin === undefined || origin === new URL(c.req.url).origin) return;
  throw new FaztError("FORBIDDEN", "Cannot do this from another site", {
    hint: "a page of another origin cannot speak to /mcp; use a client that is no page",
  });
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new FaztError("BAD_REQUEST", "Cannot read the message: it is not JSON", {
      hint: "send one JSON-RPC message in UTF-8",
    });
  }
}

/** Any thrown value as a JSON-RPC error that answers no message (JSON-RPC 2.0 §5.1). */
export function mcpError(
  thrown: unknown,
  { onError }: Pick<ApiServices, "onError">,
  requestId: string,
): Response {
  const error = toFaztError(thrown);
  if (error.code === "INTERNAL") onError(thrown, requestId);
  const { message, ...body } = error.toBody();
  const data = error.status >= 500 ? { ...body, requestId } : body;
  const code = error.code === "BAD_REQUEST" ? -32700 : -32000;
  return Response.json({ jsonrpc: "2.0", id: null, error: { code, message, data } }, {
    status: error.status,
    headers: {
      ...(error.status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...(error.status === 405 ? { allow: "POST" } : {}),
    },
  });
}
