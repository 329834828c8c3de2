import assert from "node:assert/strict";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import { apiPath, Client } from "./client.ts";
import { errorAnswer, FakeNode } from "./testing/fake_node.ts";

const never = new AbortController().signal;

function clientOf(url: string, token?: string): Client {
  return new Client(() => ({ name: "prod", url, token, unreachableHint: "try later" }), never);
}

Deno.test("apiPath encodes what is put into it", () => {
  assert.equal(apiPath`/api/apps/${"a/../b?c"}/env`, "/api/apps/a%2F..%2Fb%3Fc/env");
});

Deno.test("a call sends the key and JSON, and gives the data of the envelope", async () => {
  await using node = new FakeNode({ "POST /api/keys": { id: 1 } });
  assert.deepEqual(await clientOf(node.url, "fazt_k").post("/api/keys", { a: 1 }), { id: 1 });
  const [seen] = node.seen;
  assert.equal(seen!.authorization, "Bearer fazt_k");
  assert.equal(seen!.type, "application/json");
  assert.equal(new TextDecoder().decode(seen!.body), '{"a":1}');
});

Deno.test("an error of the API is that error, with a hint of ours where it has none", async () => {
  await using node = new FakeNode({
    "GET /a": () => errorAnswer(422, "X", "No", { hint: "h", details: [1] }),
    "GET /b": () => errorAnswer(401, "UNAUTHORIZED", "No"),
    "GET /c": () => errorAnswer(403, "FORBIDDEN", "No"),
  });
  const client = clientOf(node.url);
  const error = await client.get("/a").catch((e) => e) as FaztError;
  assert.deepEqual(
    [error.code, error.status, error.hint, error.details],
    ["X", 422, "h", [1]],
  );
  await assert.rejects(client.get("/b"), { hint: /fazt peer add prod --url/ });
  await assert.rejects(client.get("/c"), { hint: /fazt server create-key/ });
});

Deno.test("a key is not carried along a redirect", async () => {
  await using elsewhere = new FakeNode({ "GET /x": 1 });
  await using node = new FakeNode({ "GET /x": () => Response.redirect(`${elsewhere.url}/x`) });
  await assert.rejects(clientOf(node.url, "k").get("/x"), { code: "MOVED" });
  assert.equal(elsewhere.seen.length, 0);
});

Deno.test("an answer that is not a node's is said to be that", async () => {
  await using node = new FakeNode({
    "GET /html": () => new Response("<html>"),
    "GET /no-data": () => Response.json({ ok: true }),
    "GET /null": () => Response.json(null),
    "GET /bad": () => new Response("<html>", { status: 502 }),
    "GET /odd": () => Response.json({ error: { code: 7 } }, { status: 400 }),
  });
  for (const path of ["/html", "/no-data", "/null", "/bad", "/odd"]) {
    await assert.rejects(clientOf(node.url).get(path), { code: "NOT_FAZT" }, path);
  }
});

Deno.test("no connection is UNREACHABLE with the target's hint", async () => {
  const node = new FakeNode();
  const { url } = node;
  await node[Symbol.asyncDispose]();
  await assert.rejects(clientOf(url).get("/x"), { code: "UNREACHABLE", hint: "try later" });
});

Deno.test("a slow answer is UNREACHABLE after the time limit", async () => {
  const gate = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, onListen() {} }, async () => {
    await gate.promise;
    return new Response();
  });
  const client = clientOf(`http://127.0.0.1:${server.addr.port}`);
  await assert.rejects(client.call("GET", "/x", { timeoutMs: 30 }), {
    code: "UNREACHABLE",
    message: /did not answer within 30ms/,
  });
  gate.resolve();
  await server.shutdown();
});

Deno.test("a broken connection is tried once more, and only where that is harmless", async () => {
  let connections = 0;
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr as Deno.NetAddr;
  const serving = (async () => {
    for await (const connection of listener) {
      connections++;
      await connection.read(new Uint8Array(1024));
      connection.close();
    }
  })();
  const client = clientOf(`http://127.0.0.1:${port}`);
  await assert.rejects(client.post("/x"), { code: "UNREACHABLE" });
  assert.equal(connections, 1);
  await assert.rejects(client.get("/x"), { code: "UNREACHABLE" });
  assert.equal(connections, 3);
  listener.close();
  await serving;
});

Deno.test("an interrupt is not mistaken for a node that is down", async () => {
  const stop = new AbortController();
  await using node = new FakeNode({
    "GET /x": () => {
      stop.abort(new FaztError("INTERRUPTED", "Interrupted"));
      return new Response(new ReadableStream());
    },
  });
  const client = new Client(
    () => ({ name: "x", url: node.url, token: undefined, unreachableHint: "" }),
    stop.signal,
  );
  await assert.rejects(client.get("/x"), { code: "INTERRUPTED" });
});
