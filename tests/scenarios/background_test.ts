// What apps do besides answering requests, on a running node: by the clock, later, and when told.
import assert from "node:assert/strict";
import { api, cli, deploy, startNode, type TestNode, until, visit } from "../helpers/mod.ts";

/** Writes down what woke it; `api/broken.js` never succeeds. */
const LISTENER = {
  "app.json": JSON.stringify({
    name: "listener",
    permissions: ["storage:kv", "events:subscribe:app:shop.*"],
    cron: [
      { schedule: "0 3 1 1 *", handler: "api/tick.js" },
      { schedule: "0 4 1 1 *", handler: "api/broken.js" },
    ],
    events: [{ on: "app:shop.sold", handler: "api/heard.js" }],
  }),
  "api/main.js": `import { storage } from "fazt";
export default {
  fetch: async () => ({ heard: await storage.kv.get("heard") ?? null }),
};`,
  "api/tick.js": `export default (event) => console.log("tick " + event.cron);`,
  "api/broken.js": `export default () => { throw new Error("no good"); };`,
  "api/heard.js": `import { storage } from "fazt";
export default async (event) => {
  await storage.kv.set("heard", [...await storage.kv.get("heard") ?? [], event.data]);
};`,
};

const LATER = {
  "api/main.js": `import { schedule, storage } from "fazt";
export default {
  fetch: async (request) => {
    const { delay } = Object.fromEntries(new URL(request.url).searchParams);
    if (delay) await schedule(Number(delay), { said: "later" });
    return { done: await storage.kv.get("done") ?? null };
  },
  scheduled: ({ state, attempt }) => storage.kv.set("done", { ...state, attempt }),
};`,
  "app.json": JSON.stringify({ name: "later", permissions: ["storage:kv"] }),
};

async function json(node: TestNode, ...args: string[]) {
  const ran = await cli(node, ...args, "--json");
  assert.equal(ran.code, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}

const answer = async (node: TestNode, label: string, path = "/api/") =>
  JSON.parse((await visit(node, label, path)).text);

Deno.test("an owner runs a cron entry, sees how it went, and mends what failed for good", async () => {
  await using node = await startNode();
  await deploy(node, "listener", LISTENER);
  const { entries } = await json(node, "app", "cron", "list", "listener");
  assert.deepEqual(
    entries.map((one: { handler: string; lastResult: unknown }) => [one.handler, one.lastResult]),
    [["api/tick.js", null], ["api/broken.js", null]],
  );

  const run = await json(node, "app", "cron", "run", "listener", "api/tick.js", "-f");
  assert.equal(run.result, "ok");
  await until(async () =>
    (await api(node, "GET", "/api/apps/listener/logs")).data
      .some((line: { message: string }) => line.message === "tick 0 3 1 1 *")
  );

  const failed = await cli(node, "app", "cron", "run", "listener", "1", "--follow");
  assert.equal(failed.code, 1, failed.stderr);
  assert.match(failed.stdout, /^api\/broken\.js: dead in .*no good/);
  const history = await json(node, "app", "cron", "history", "listener");
  assert.deepEqual(history.map((one: { result: string }) => one.result), ["dead", "ok"]);
  assert.equal((await json(node, "app", "cron", "history", "listener", "-n", "1")).length, 1);

  const letters = async () => (await api(node, "GET", "/api/apps/listener/jobs")).data.dead;
  const [letter] = await letters();
  assert.match(letter.error, /no good/);
  assert.equal((await json(node, "app", "cron", "retry", "listener", letter.id)).id, letter.id);
  await until(async () =>
    (await api(node, "GET", "/api/apps/listener/cron/history")).data
      .filter((one: { result: string }) => one.result === "dead").length === 2
  );
  await until(async () => (await letters()).length === 1);
  await json(node, "app", "cron", "remove", "listener", letter.id);
  assert.deepEqual(await letters(), []);
  const again = await cli(node, "app", "cron", "remove", "listener", letter.id);
  assert.equal(again.code, 3, again.stderr);
});

Deno.test("an app runs later what it scheduled, and a job that waits can be taken back", async () => {
  await using node = await startNode();
  await deploy(node, "later", LATER);
  await answer(node, "later", "/api/?delay=1");
  await until(async () => (await answer(node, "later")).done !== null);
  assert.deepEqual((await answer(node, "later")).done, { said: "later", attempt: 1 });

  await answer(node, "later", "/api/?delay=3600000");
  const { jobs } = await json(node, "app", "cron", "list", "later");
  assert.deepEqual(jobs.map((job: { status: string }) => job.status), ["waiting"]);
  assert.equal((await api(node, "DELETE", `/api/apps/later/jobs/${jobs[0].id}`)).status, 200);
  assert.deepEqual((await json(node, "app", "cron", "list", "later")).jobs, []);
});

Deno.test("an event of another app wakes a handler only once its grant is approved", async () => {
  await using node = await startNode();
  await deploy(node, "shop", { "index.html": "x" });
  const key = await api(node, "POST", "/api/keys", { body: { name: "ci", scopes: ["deploy"] } });
  await deploy(node, "listener", LISTENER, { token: key.data.token });
  await cli(node, "app", "grants", "approve", "listener", "storage:kv");

  const emit = (id: number) =>
    json(node, "events", "emit", "shop", "sold", "-d", JSON.stringify({ id }), "--persist");
  await emit(1);
  assert.deepEqual((await api(node, "GET", "/api/events/deliveries?app=listener")).data, []);
  const ran = await cli(node, "app", "grants", "approve", "listener", "--yes");
  assert.equal(ran.code, 0, ran.stderr);
  await emit(2);
  await until(async () => (await answer(node, "listener")).heard !== null);
  assert.deepEqual((await answer(node, "listener")).heard, [{ id: 2 }]);

  const listed = await json(node, "events", "list", "app:shop.*", "--since", "1h");
  assert.deepEqual(listed.map((one: { data: unknown }) => one.data), [{ id: 1 }, { id: 2 }]);
  assert.deepEqual(await json(node, "events", "list", "app:listener.*"), []);
  const wrong = await cli(node, "events", "list", "sho*p");
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /pattern/);
});

Deno.test("an owner sees an event that was given up and has it delivered again", async () => {
  await using node = await startNode();
  await deploy(node, "shop", {
    "app.json": JSON.stringify({
      name: "shop",
      permissions: ["storage:kv"],
      events: [{ on: "app:shop.sold", handler: "api/on_sold.js" }],
    }),
    "api/main.js":
      `export default async () => { await fazt.events.emit("sold", {}, { retries: 0 }); return {}; }`,
    "api/on_sold.js": `module.exports = async () => {
      if (await fazt.storage.kv.increment("tries") === 1) throw new Error("not yet");
    };`,
  });
  await answer(node, "shop");
  const rows = () => json(node, "events", "deliveries", "--failed", "--app", "shop");
  await until(async () => (await rows()).length === 1);
  const [row] = await rows();
  assert.match(row.error.message, /not yet/);
  assert.equal((await cli(node, "events", "deliveries")).stdout.includes("given up"), true);
  await json(node, "events", "retry", String(row.id));
  await until(async () => (await rows()).length === 0);
  assert.equal((await cli(node, "events", "retry", String(row.id))).code, 3);
});

Deno.test("events watch prints what is emitted and ends with the node", async () => {
  const node = await startNode();
  try {
    await deploy(node, "shop", { "index.html": "x" });
    const { command, args } = node.program;
    const watch = new Deno.Command(command, {
      args: [...args, "events", "watch", "app:shop.*", "--json"],
      env: { FAZT_DB: node.db, NO_COLOR: "1" },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stderr = watch.stderr.pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await stderr.read()).value ?? "", /^watching app:shop\.\* at http/);
    await cli(node, "events", "emit", "shop", "sold", "-d", "7");
    const stdout = watch.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const event = JSON.parse((await stdout.read()).value!);
    assert.deepEqual([event.type, event.data, event.source], ["app:shop.sold", 7, "app:shop"]);
    node.child.kill("SIGTERM");
    assert.equal((await node.child.status).code, 0);
    assert.equal((await watch.status).code, 0);
    assert.match((await stderr.read()).value ?? "", /^the node at .* ended the stream/);
    await Promise.all([stdout.cancel(), stderr.cancel()]);
  } finally {
    await node[Symbol.asyncDispose]();
  }
});
