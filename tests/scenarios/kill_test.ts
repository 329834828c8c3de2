// Kills the node at random moments of deploys and writes; nothing it acknowledged may be lost.
// FAZT_KILLS says how often (default 6); the random seed is printed with a failure.
import { request } from "node:http";
import { DatabaseSync } from "node:sqlite";
import assert from "node:assert/strict";
import { cidOf } from "../../kernel/fs/mod.ts";
import { CHECKOUT } from "../helpers/mod.ts";

const KILLS = Number(Deno.env.get("FAZT_KILLS") ?? 6);
const PAGES = ["index.html", "a.html", "b/c.txt", "d.css"];

/** Every pillar gets the number, one after the other; then every pillar is asked for it. */
const HANDLER = `const { kv, ds, rd, s3 } = fazt.storage;
const table = rd.define("numbers", { columns: { n: { type: "integer", primaryKey: true } } });
export default async (request) => {
  const n = Number(new URL(request.url).searchParams.get("n"));
  await table;
  if (request.method === "POST") {
    await kv.set("last", n);
    await Promise.all([
      kv.set("n" + n, true),
      ds.insert("numbers", { n }),
      rd.exec("INSERT INTO numbers (n) VALUES (?)", [n]),
      s3.put("n/" + n, "number " + n),
    ]);
  }
  const [last, key, document, rows, object] = await Promise.all([
    kv.get("last"),
    kv.get("n" + n),
    ds.findOne("numbers", { n }),
    rd.query("SELECT n FROM numbers WHERE n = ?", [n]),
    s3.get("n/" + n).catch(() => undefined),
  ]);
  const text = object && await new Response(object.body).text();
  return { last, has: [key === true, document?.n === n, rows[0]?.n === n, text === "number " + n] };
};`;
const ALL = [true, true, true, true];

interface Running {
  readonly child: Deno.ChildProcess;
  readonly url: string;
  readonly token: string;
}

async function start(db: string): Promise<Running> {
  const child = new Deno.Command(CHECKOUT.command, {
    args: [...CHECKOUT.args, "server", "start", "--db", db, "--port", "0"],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("Deploy")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the node ended early: ${text}`);
    text += new TextDecoder().decode(value);
  }
  void (async () => {
    while (!(await reader.read()).done);
  })().catch(() => {});
  const raw = new DatabaseSync(db, { readOnly: true });
  const rows = raw.prepare("SELECT key, value FROM node").all() as { key: string; value: string }[];
  raw.close();
  const record = new Map(rows.map((row) => [row.key, row.value]));
  return { child, url: record.get("url")!, token: record.get("token")! };
}

function api(node: Running, method: string, path: string, body?: unknown): Promise<Response> {
  const isBytes = body instanceof Uint8Array;
  return fetch(node.url + path, {
    method,
    headers: {
      authorization: `Bearer ${node.token}`,
      ...(isBytes ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined
      ? null
      : isBytes
      ? body as Uint8Array<ArrayBuffer>
      : JSON.stringify(body),
  });
}

/** Visits an app by its host name, which `fetch` would try to resolve. */
function visit(node: Running, label: string, path: string, method = "GET"): Promise<string> {
  const { port } = new URL(node.url);
  const headers = { host: `${label}.localhost:${port}` };
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => text += part);
      response.on("end", () => resolve(text)).on("error", reject);
    });
    sent.on("error", reject).end();
  });
}

async function deploy(
  node: Running,
  name: string,
  files: Record<string, string>,
): Promise<boolean> {
  const entries = Object.entries(files).map(([path, text]) => {
    const bytes = new TextEncoder().encode(text);
    return { path, bytes, cid: cidOf(bytes), size: bytes.length };
  });
  const list = entries.map(({ path, cid, size }) => ({ path, cid, size }));
  const ask = async () =>
    await (await api(node, "POST", "/api/deploy", { name, files: list })).json();
  const first = await ask();
  if (first.data?.missing) {
    for (const { cid, bytes } of entries) {
      if (!first.data.missing.includes(cid)) continue;
      await (await api(node, "PUT", `/api/blobs/${cid}`, bytes)).body?.cancel();
    }
  }
  return (first.data?.revision ?? (await ask()).data?.revision) !== undefined;
}

const pagesOf = (n: number) =>
  Object.fromEntries(PAGES.map((path) => [path, `version ${n} of ${path}`]));

Deno.test("a node killed at random moments loses no acknowledged write and shows no mixed site", async () => {
  const dir = await Deno.makeTempDir({ prefix: "fazt-kill-" });
  const db = `${dir}/data.db`;
  let node = await start(db);
  assert.ok(
    await deploy(node, "keeper", {
      "api/main.js": HANDLER,
      "app.json":
        '{"name":"keeper","permissions":["storage:kv","storage:ds","storage:rd","storage:s3"]}',
    }),
  );
  /** The last write that was acknowledged, and the last that was begun. */
  let acked = 0;
  let begun = 0;
  let version = 0;
  try {
    for (let round = 0; round < KILLS; round++) {
      // The first call loads the app; from then on both kinds of write go on until the end.
      await visit(node, "keeper", "/api/");
      const current = node;
      let over = false;
      const writes = async () => {
        while (!over) {
          const answer = await visit(current, "keeper", `/api/?n=${++begun}`, "POST");
          if (JSON.parse(answer).has?.every(Boolean)) acked = begun;
        }
      };
      const deploys = async () => {
        while (!over) if (await deploy(current, "site", pagesOf(version + 1))) version++;
      };
      const traffic = Promise.allSettled([writes(), deploys()]);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
      current.child.kill("SIGKILL");
      await current.child.status;
      over = true;
      await traffic;
      // Who ran is no suspect here: it was us.
      await Deno.remove(`${db}-running`).catch(() => {});
      node = await start(db);

      const text = await visit(node, "keeper", `/api/?n=${acked}`);
      const kept = JSON.parse(text);
      if (acked > 0) {
        assert.deepEqual(kept.has, ALL, `round ${round}: write ${acked} is gone: ${text}`);
      }
      // One that was begun and not acknowledged may be there or not.
      const last = kept.last ?? 0;
      assert.ok(last >= acked && last <= begun, `round ${round}: ${acked} ≤ ${last} ≤ ${begun}`);
      const shown = await Promise.all(
        PAGES.map((path) => visit(node, "site", `/${path}`)),
      );
      if (version === 0 && !shown[0]!.startsWith("version")) continue;
      const versions = new Set(shown.map((text) => /^version (\d+)/.exec(text)?.[1]));
      assert.equal(versions.size, 1, `round ${round}: mixed site ${[...versions]}`);
      const served = Number([...versions][0]);
      assert.ok(
        served === version || served === version + 1,
        `round ${round}: ${served}, ${version}`,
      );
      version = served;
    }
    assert.ok(acked > 0, "no write was acknowledged: the test proves nothing");
    const check = await (await api(node, "GET", "/api/system/db?check=1")).json();
    assert.deepEqual(check.data.check, ["ok"]);
  } finally {
    node.child.kill("SIGTERM");
    await node.child.status;
    await Deno.remove(dir, { recursive: true });
  }
});
