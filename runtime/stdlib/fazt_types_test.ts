import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createValueCodec } from "../../kernel/lib/value_codec.ts";
import { createBus } from "../guest/bus.ts";
import { createSockets } from "../guest/sockets.ts";
import { createFazt } from "../guest/fazt_api.ts";
import { createFs } from "../guest/fs.ts";
import { createLifetime } from "../guest/lifetime.ts";
import { createStorage } from "../guest/storage.ts";
import { createDs } from "../guest/storage_ds.ts";
import { createKv } from "../guest/storage_kv.ts";

/** An app written against the types; each `@ts-expect-error` fails when the types allow the line. */
const APP = `/// <reference path="./fazt.d.ts" />
import api, { storage } from "fazt";

const handler: Fazt.Handler = async (request, ctx) => {
  const { kv } = ctx.fazt.storage;
  const visits: number = await kv.increment("visits");
  const name: string = await api.env.get("NAME", "nobody");
  const page = await storage.kv.list<{ n: number }>("items/", { limit: 10 });
  await kv.set("last", { at: new Date(), raw: new Uint8Array(2) }, { ttl: "5m" });
  await fazt.log.info("seen", { url: request.url });
  const { ds } = fazt.storage.user;
  const ids: string[] = await ds.insert("orders", [{ total: 1, at: new Date() }]);
  const id: string = await ds.insert("orders", { total: 1 });
  await ds.index("orders", "customer.email");
  const orders = await ds.find<{ total: number }>("orders", {
    "customer.name": /^a/i, total: { $gte: 1, $not: { $in: [5] } }, $or: [{ id }, { paid: null }],
  }, { sort: { total: -1 }, fields: ["total"], limit: 5, skip: 1 });
  const n: number = await ds.update("orders", { id }, { $inc: { total: 1 } }, { upsert: true });
  // @ts-expect-error which ones has to be said
  await ds.delete("orders");
  // @ts-expect-error there may be none
  const none: string = (await ds.findOne("orders", { id: ids[n] })).id;
  await ds.drop(orders[0]?.total === 1 ? none : (await ds.collections())[0]!.name);
  // @ts-expect-error a value may be absent
  const absent: string = await kv.get<string>("x");
  // @ts-expect-error there is no such namespace
  fazt.storage.sql;
  // @ts-expect-error nothing of the API can be replaced
  fazt.app = { ...fazt.app };
  return absent ? null : { visits, name, first: page.items[0]?.value.n ?? 0 };
};

interface Order { total: number; paid: boolean }
export const outside: Fazt.Handler = async (request, { signal, waitUntil }) => {
  const response = await fazt.net.fetch("https://example.com", {
    method: "POST", signal, auth: "KEY", authMode: "header:x-key", cache: "5m", cacheKey: "k",
    cacheRefresh: false, retry: 2, retryDelay: 100, retryBackoff: 2, retryOn: [503, "NET_ERROR"],
    timeout: "10s",
  });
  const lines = await fazt.net.logs({ failed: true });
  // @ts-expect-error a mode is one of four
  await fazt.net.fetch(request, { authMode: "digest" });
  const { id } = await fazt.events.emit("order.paid", { id: 1 }, {
    persist: true, ttl: "1d", delivery: "at-least-once", retries: 1, correlationId: "c",
  });
  const hear: Fazt.Listener<Order> = ({ data, type, attempt }) => [data.total, type, attempt];
  await fazt.events.on<Order>("app:shop.order.*", hear);
  await fazt.events.once<Order>("app:shop.order.*", hear);
  await fazt.events.off("app:shop.order.*");
  const past = await fazt.events.query<Order>({ type: "app:shop.*", limit: 1 });
  const job = await fazt.schedule(60_000, { id }, { handler: "api/later.ts" });
  waitUntil(fazt.schedule.cancel(job.id));
  const next = (await fazt.cron.list())[0]?.nextAt;
  const { allowed } = await fazt.limits.rate.check("login", { limit: 5, window: "1m", cost: 1 });
  const left = (await fazt.limits.rate.status("login"))?.remaining;
  const totals = await fazt.json.get<number[]>({ orders: [] }, "orders.*.total");
  const ran = await fazt.sandbox.exec<number>({
    code: "input.n + 1", input: { n: 1 }, capabilities: ["storage:kv"], timeout: "2s", memoryMb: 32,
  });
  const fault = (await fazt.sandbox.validate("1 +")).errors[0]?.column;
  // @ts-expect-error there is no such option
  await fazt.sandbox.exec({ code: "1", memory: 32 });
  const cid = await fazt.fs.add("text", { name: "a.txt", public: false });
  const kept = [await fazt.fs.hasCid(cid), (await fazt.fs.get(cid))?.length, await fazt.fs.cid("a")];
  waitUntil(fazt.fs.unpin((await fazt.fs.pins())[0]?.cid ?? kept.join(await fazt.fs.ipfsUrl("a"))));
  const sum = await fazt.expr.eval<number>("sum(totals) + a", { totals, a: 1 });
  return { ok: response.ok, n: lines.length, sum, past: past.items[0]?.data.total, next, allowed,
    left, twice: ran.value * 2, said: ran.logs[0]?.message, fault };
};

export const classic: Fazt.ClassicHandler = ({ url, json, form, files, bytes, user }) => ({
  status: 201,
  headers: { "set-cookie": ["a=1", "b=2"] },
  json: { path: url.pathname, json, form, size: bytes.length + (files[0]?.size ?? 0), user },
});
export const later: Fazt.ClassicTaskHandler = ({ trigger, state }) => [trigger, state];
// @ts-expect-error a status is a number
export const wrong: Fazt.ClassicHandler = () => ({ status: "ok" });
export const heard: Fazt.EventHandler<Order> = ({ data }, ctx) => ctx.fazt.log.info(data.total);
export default {
  fetch: handler,
  scheduled({ cron, scheduledTime, attempt, state }, ctx) {
    return [cron, scheduledTime, attempt, state, ctx.trigger];
  },
  event({ type, data, source }) {
    return [type, data, source];
  },
} satisfies Fazt.Module;
// @ts-expect-error a handler answers
export const mute = { fetch() {} } satisfies Fazt.Module;
`;

/** Paths of every function an isolate has. */
function functionsOf(value: object, path: string): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = `${path}.${name}`;
    if (typeof inner === "function") return [at];
    return typeof inner === "object" && inner !== null ? functionsOf(inner, at) : [];
  });
}

async function check(source: string): Promise<string> {
  // A folder of its own: in this project "fazt" is the project itself.
  const folder = await Deno.makeTempDir();
  try {
    const types = fileURLToPath(new URL("./fazt.d.ts", import.meta.url));
    await Deno.copyFile(types, `${folder}/fazt.d.ts`);
    await Deno.writeTextFile(`${folder}/deno.json`, "{}");
    await Deno.writeTextFile(`${folder}/main.ts`, source);
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "main.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    return new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("fazt types: describe the handlers apps write and all they can call", async () => {
  assert.equal(await check(APP), "");
});

Deno.test("fazt types: know every function of an isolate", async () => {
  const app = {
    id: "a",
    name: "a",
    version: undefined,
    url: "",
    env: {},
    direct: false,
    consoleBytes: 0,
    bufferBytes: 0,
    heapBytes: 0,
    syscallsOpen: 512,
    turnMs: 0,
  };
  const fazt = createFazt({
    app,
    codec: createValueCodec(),
    syscall: () => Promise.resolve(),
    write() {},
    fetch,
    lifetime: createLifetime(),
    storage: createStorage({ kv: createKv, ds: createDs }, {
      codec: createValueCodec(),
      syscall: () => Promise.resolve(),
      lifetime: createLifetime(),
    }),
    fs: createFs({ syscall: () => Promise.resolve(), url: "" }),
    connect: createSockets({
      syscall: () => Promise.resolve(),
      onPush() {},
      errorOf: () => new Error(),
    }),
    events: createBus({ syscall: () => Promise.resolve(), onPush() {}, report() {} }),
  });
  const functions = functionsOf(fazt, "fazt");
  assert.ok(functions.includes("fazt.storage.kv.get"));
  const uses = functions.map((path) => `${path} satisfies (...args: never[]) => unknown;`);
  assert.equal(await check(`/// <reference path="./fazt.d.ts" />\n${uses.join("\n")}\n`), "");
});
