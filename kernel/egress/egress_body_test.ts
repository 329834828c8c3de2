import assert from "node:assert/strict";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { FaztError } from "../lib/fazt_error.ts";
import { until } from "../lib/testing/until.ts";
import { callerOf, EgressFixture, textOf } from "./testing.ts";

const app = callerOf("a");
const MIB = 1024 * 1024;
const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("bodies stream both ways at once", async () => {
  await using net = await EgressFixture.open();
  const upper = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, out) => out.enqueue(bytes(new TextDecoder().decode(chunk).toUpperCase())),
  });
  const origin = net.serve("api.test", (request) => new Response(request.body!.pipeThrough(upper)));
  const sending = new TransformStream<Uint8Array, Uint8Array>();
  const writer = sending.writable.getWriter();
  writer.write(bytes("one"));
  const response = await net.egress.fetch(app, {
    url: origin,
    method: "POST",
    body: sending.readable,
  });
  const reader = response.body!.getReader();
  const next = async () => new TextDecoder().decode((await reader.read()).value);
  assert.equal(await next(), "ONE");
  writer.write(bytes("two"));
  assert.equal(await next(), "TWO");
  await writer.close();
  assert.equal((await reader.read()).done, true);
  assert.equal((await net.lines())[0]!.bytesOut, 6);
});

Deno.test("a request body past its limit never leaves whole", async () => {
  await using net = await EgressFixture.open();
  await net.store.settings.set("limits.net.outMb", 1, net.store.now);
  let received = 0;
  let cancelled = false;
  const origin = net.serve("api.test", async (request) => {
    for await (const chunk of request.body!) received += chunk.byteLength;
    return new Response("all");
  });
  const post = (body: Uint8Array | ReadableStream<Uint8Array>) =>
    net.egress.fetch(app, { url: origin, method: "POST", body });
  await assert.rejects(post(new Uint8Array(MIB + 1)), { code: "NET_SIZE" });
  assert.deepEqual(net.dialed, []);
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    cancel: () => void (cancelled = true),
  });
  await assert.rejects(post(endless), { code: "NET_SIZE" });
  assert.ok(cancelled);
  assert.ok(received <= MIB);
  assert.equal(await textOf(await post(new Uint8Array(MIB))), "all");
});

Deno.test("an answer past its limit is cut, announced or not", async () => {
  await using net = await EgressFixture.open();
  await net.store.settings.set("limits.net.inMb", 1, net.store.now);
  let produced = 0;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        produced += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
  const origin = net.serve(
    "api.test",
    (request) =>
      new URL(request.url).pathname === "/announced"
        ? new Response(new Uint8Array(MIB + 1))
        : new Response(endless()),
  );
  await assert.rejects(net.egress.fetch(app, { url: `${origin}/announced` }), {
    code: "NET_SIZE",
  });
  const response = await net.egress.fetch(app, { url: origin });
  await assert.rejects(textOf(response), { code: "NET_SIZE" });
  assert.ok(produced < 64 * MIB);
  assert.deepEqual((await net.lines()).map(({ code }) => code), ["NET_SIZE", "NET_SIZE"]);
});

Deno.test("packed answers are unpacked, and bombs stop at the limit", async () => {
  await using net = await EgressFixture.open();
  await net.store.settings.set("limits.net.inMb", 1, net.store.now);
  const packers: Record<string, (data: Uint8Array) => Uint8Array> = {
    "gzip": gzipSync,
    "br": brotliCompressSync,
    "gzip, gzip": (data) => gzipSync(gzipSync(data)),
    "gzip, br": (data) => brotliCompressSync(gzipSync(data)),
  };
  let size = 0;
  const origin = net.serve("api.test", (request) => {
    const encoding = decodeURIComponent(new URL(request.url).search.slice(1));
    const data = packers[encoding]!(new Uint8Array(size).fill(65));
    return new Response(new Uint8Array(data), { headers: { "content-encoding": encoding } });
  });
  for (const encoding of Object.keys(packers)) {
    const url = `${origin}/?${encodeURIComponent(encoding)}`;
    size = 100_000;
    const good = await net.egress.fetch(app, { url });
    const names = good.headers.map(([name]) => name);
    assert.ok(!names.includes("content-encoding") && !names.includes("content-length"));
    assert.equal(await textOf(good), "A".repeat(size), encoding);
    size = 40 * MIB;
    const bomb = await net.egress.fetch(app, { url });
    await assert.rejects(textOf(bomb), { code: "NET_SIZE" }, encoding);
  }
  assert.ok((await net.lines()).every(({ bytesIn }) => bytesIn <= 2 * MIB));
});

Deno.test("what cannot be unpacked is an error, what is not known is left packed", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve("api.test", (request) =>
    new Response("not packed at all", {
      headers: { "content-encoding": new URL(request.url).search.slice(1) },
    }));
  for (const encoding of ["gzip", "br"]) {
    const response = await net.egress.fetch(app, { url: `${origin}/?${encoding}` });
    await assert.rejects(textOf(response), { code: "NET_ERROR" });
  }
  await assert.rejects(net.egress.fetch(app, { url: `${origin}/?gzip,gzip,gzip` }), {
    code: "NET_ERROR",
  });
  const unknown = await net.egress.fetch(app, { url: `${origin}/?zstd` });
  assert.ok(
    unknown.headers.some(([name, value]) => name === "content-encoding" && value === "zstd"),
  );
  assert.equal(await textOf(unknown), "not packed at all");
});

Deno.test("answers without a body have none", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve(
    "api.test",
    (request) =>
      request.method === "HEAD"
        ? new Response("x".repeat(10))
        : new Response(null, { status: Number(new URL(request.url).pathname.slice(1)) }),
  );
  const head = await net.egress.fetch(app, { url: origin, method: "HEAD" });
  assert.equal(head.body, null);
  for (const status of [204, 205, 304]) {
    const response = await net.egress.fetch(app, { url: `${origin}/${status}` });
    assert.deepEqual([response.status, response.body], [status, null]);
  }
  assert.equal(net.egress.usage().open, 0);
});

Deno.test("time is up for a silent server, a dripping body and a body nobody reads", async () => {
  await using net = await EgressFixture.open();
  const silent = Promise.withResolvers<Response>();
  const drip = () =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(new Uint8Array(1));
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
    });
  const origin = net.serve(
    "api.test",
    (request) =>
      new URL(request.url).pathname === "/silent" ? silent.promise : new Response(drip()),
  );
  const timeout = { code: "NET_TIMEOUT" };
  await assert.rejects(net.egress.fetch(app, { url: `${origin}/silent`, timeoutMs: 100 }), timeout);
  const [dripping, unread] = await Promise.all(
    [1, 2].map(() => net.egress.fetch(app, { url: origin, timeoutMs: 2000 })),
  );
  await assert.rejects(textOf(dripping!), timeout);
  await until(() => net.egress.usage().open === 0);
  await assert.rejects(textOf(unread!), timeout);
  silent.resolve(new Response());
  assert.deepEqual((await net.lines()).map(({ code }) => code), Array(3).fill("NET_TIMEOUT"));
});

Deno.test("a resolver or a connection that hangs takes no longer than the request may", async () => {
  let aborted = false;
  await using net = await EgressFixture.open({
    connect: (_, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(signal.reason);
        })
      ),
  });
  const timeout = { code: "NET_TIMEOUT" };
  net.names.set("lost.test", () => new Promise(() => {}));
  await assert.rejects(net.egress.fetch(app, { url: "http://lost.test/", timeoutMs: 50 }), timeout);
  net.names.set("slow.test", ["127.0.0.1"]);
  await assert.rejects(
    net.egress.fetch(app, { url: "http://slow.test/", timeoutMs: 500 }),
    timeout,
  );
  assert.ok(aborted);
});

Deno.test("who asked can give up before and after the head of the answer", async () => {
  await using net = await EgressFixture.open();
  const never = Promise.withResolvers<Response>();
  const origin = net.serve(
    "api.test",
    (request) =>
      new URL(request.url).pathname === "/never"
        ? never.promise
        : new Response(new ReadableStream({ start: (c) => c.enqueue(bytes("first")) })),
  );
  const aborted = (error: FaztError) =>
    error.code === "NET_ERROR" && (error.details as { reason: string }).reason === "aborted";

  const early = new AbortController();
  const waiting = net.egress.fetch(app, { url: `${origin}/never`, signal: early.signal });
  await until(() => net.dialed.length === 1);
  early.abort();
  await assert.rejects(waiting, aborted);
  never.resolve(new Response());

  const late = new AbortController();
  const response = await net.egress.fetch(app, { url: origin, signal: late.signal });
  late.abort();
  await assert.rejects(textOf(response), aborted);

  const cancelled = await net.egress.fetch(app, { url: origin });
  await cancelled.body!.cancel();
  assert.equal(net.egress.usage().open, 0);
  await assert.rejects(
    net.egress.fetch(app, { url: origin, signal: AbortSignal.abort() }),
    aborted,
  );
});

Deno.test("a failing body fails its request, and a server may answer before it has it all", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve("api.test", async (request) => {
    if (new URL(request.url).pathname === "/early") return new Response("enough");
    return new Response(await request.text());
  });
  const failing = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes("half")),
    pull: (controller) => controller.error(new Error("private words of the app")),
  });
  await assert.rejects(
    net.egress.fetch(app, { url: origin, method: "POST", body: failing }),
    (error: FaztError) => error.code === "NET_ERROR" && !error.message.includes("private"),
  );
  let cancelled = false;
  const silent = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes("half")),
    cancel: () => void (cancelled = true),
  });
  const request = { url: `${origin}/early`, method: "POST", body: silent };
  assert.equal(await textOf(await net.egress.fetch(app, request)), "enough");
  await until(() => cancelled);
});
