import assert from "node:assert/strict";
import type { FaztError } from "../lib/fazt_error.ts";
import { parseHostList } from "../lib/host_list.ts";
import { NodeRequests } from "./node_requests.ts";

/** Sends to names that lead where a test says; gives the answer's text or the error's code. */
async function send(
  url: string,
  options: {
    readonly address?: string;
    readonly privateHosts?: string;
    readonly ports?: readonly number[];
    readonly authorization?: { readonly origin: string; readonly value: string };
  } = {},
): Promise<string> {
  const { address = "127.0.0.1", privateHosts = "", ports = [], authorization } = options;
  const requests = new NodeRequests({
    ports: () => ports,
    resolve: () => Promise.resolve([address]),
  });
  try {
    const { body, status } = await requests.send({
      method: "GET",
      url,
      headers: [],
      authorization,
      privateHosts: parseHostList(privateHosts),
      maxBytes: 1000,
      signal: AbortSignal.timeout(10_000),
    });
    return `${status} ${await new Response(body).text()}`;
  } catch (error) {
    return (error as FaztError).code;
  }
}

Deno.test("only what the owner spelled is private, and never the node itself", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    return new Response("here");
  });
  const { port } = server.addr;
  const at = `http://127.0.0.1:${port}/x`;
  assert.equal(await send(at), "NET_BLOCKED");
  assert.equal(await send(`https://127.0.0.1:${port}/x`), "NET_BLOCKED");
  assert.equal(await send(at, { privateHosts: "127.0.0.1" }), "200 here");
  assert.equal(await send(at, { privateHosts: `127.0.0.1:${port}` }), "200 here");
  assert.equal(await send(at, { privateHosts: `127.0.0.1:${port + 1}` }), "NET_BLOCKED");
  assert.equal(await send(at, { privateHosts: "127.0.0.1", ports: [port] }), "NET_BLOCKED");
  // A public name that leads inside is no public host, and a private one is not every host.
  assert.equal(await send("https://rebound.example.com/x"), "NET_BLOCKED");
  assert.equal(await send("https://x.example.com/", { address: "10.0.0.1" }), "NET_BLOCKED");
  assert.equal(await send("https://169.254.169.254/"), "NET_BLOCKED");
  assert.equal(await send(`http://git.lan:${port}/x`, { privateHosts: "git.lan" }), "200 here");
  assert.equal(
    await send(`http://other.lan:${port}/x`, { privateHosts: "git.lan" }),
    "NET_BLOCKED",
  );
  assert.equal(
    await send(`http://git.lan:${port}/x`, { privateHosts: "git.lan", ports: [port] }),
    "NET_BLOCKED",
  );
});

Deno.test("a credential goes to its origin and to no other, whoever redirects there", async () => {
  const seen: (string | null)[] = [];
  const note = (request: Request) => void seen.push(request.headers.get("authorization"));
  const serve = (answer: (request: Request) => Response) =>
    Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
      note(request);
      return answer(request);
    });
  await using second = serve(() => new Response("end"));
  const away = `http://127.0.0.1:${second.addr.port}/end`;
  await using first = serve((request) =>
    request.url.endsWith("/same") ? Response.redirect(away, 302) : new Response(null, {
      status: 302,
      headers: { location: "/same" },
    })
  );
  const origin = `http://127.0.0.1:${first.addr.port}/repo`;
  const authorization = { origin, value: "Basic c2VjcmV0" };
  assert.equal(await send(origin, { privateHosts: "127.0.0.1", authorization }), "200 end");
  assert.deepEqual(seen, ["Basic c2VjcmV0", "Basic c2VjcmV0", null]);
});
