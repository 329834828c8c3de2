import type { ConnectionInfo, RequestHandler } from "./connection_info.ts";
import type { HeldConnection } from "./connections.ts";
import type { EdgeCounts } from "./edge_counts.ts";
import type { HttpEngine } from "./http_engine.ts";

/** What every connection is served with. */
export interface ServingDeps {
  readonly engine: HttpEngine;
  readonly handler: RequestHandler;
  readonly counts: EdgeCounts;
  readonly onError: (error: unknown) => void;
}

/** Answers the requests of a connection until it ends. */
export function serveConnection(
  deps: ServingDeps,
  connection: Deno.Conn,
  { held, ...about }:
    & { readonly held: HeldConnection }
    & Pick<ConnectionInfo, "remoteAddr" | "secure" | "http2">,
): Promise<void> {
  const { engine, handler, counts } = deps;
  const { remoteAddr, secure, http2 } = about;
  const served = engine.serve(connection, (request, { completed }) => {
    counts.requests++;
    const done = held.begin();
    completed.then(done, done);
    if (secure) asHttps(request);
    return handler(request, { remoteAddr, completed, secure, http2 });
  }, (error) => {
    deps.onError(error);
    return new Response("Internal error", { status: 500 });
  });
  held.endsBy(served);
  held.awaitsHeader();
  return served.finished.then(() => held.leave());
}

/** What arrives decrypted has a URL that says so: its scheme is that of the visitor's connection. */
function asHttps(request: Request): void {
  const { url } = request;
  Object.defineProperty(request, "url", { value: `https${url.slice(url.indexOf("://"))}` });
}
