// A flood from addresses that are all different: what is remembered of them stays small.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { api, deploy, startNode, type TestNode, visit } from "../helpers/mod.ts";

const ROUND = 10_000;
/** Memory a round may leave behind once the first has warmed everything up, MiB. */
const GROWTH_MB = 60;
/** Requests in one socket before its answers are awaited. */
const BATCH = 250;

/** Every answer of code has it, and once. */
const MARK = "x-request-id";

/** Asks from each address once, many at a time in few sockets; returns how many were answered. */
async function flood(node: TestNode, addresses: readonly string[]): Promise<number> {
  const ask = (address: string) =>
    `GET /api/ HTTP/1.1\r\nhost: web.localhost:${node.port}\r\nx-forwarded-for: ${address}\r\n\r\n`;
  let answered = 0;
  for (let at = 0; at < addresses.length; at += BATCH) {
    const batch = addresses.slice(at, at + BATCH);
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(node.port), "127.0.0.1");
      let seen = 0;
      let tail = "";
      socket.on("error", reject);
      socket.on("data", (part) => {
        const text = tail + part;
        seen += text.split(MARK).length - 1;
        tail = text.slice(1 - MARK.length);
        if (seen < batch.length) return;
        answered += seen;
        socket.destroy();
        resolve();
      });
      socket.write(batch.map(ask).join(""));
    });
  }
  return answered;
}

const hex = (n: number) => n.toString(16);
const addresses = (round: number) =>
  Array.from({ length: ROUND }, (_, n) => {
    const id = round * ROUND + n;
    return n % 2 ? `10.${id >> 16}.${(id >> 8) & 255}.${id & 255}` : `2001:db8:${hex(id)}:1::1`;
  });
const rssMb = async (node: TestNode): Promise<number> =>
  (await api(node, "GET", "/api/system/health")).data.memory.rss / 1024 ** 2;

Deno.test("ten thousand addresses that nobody has leave next to nothing behind", async () => {
  await using node = await startNode({ settings: { "limits.rate.perApp": "0" } });
  await deploy(node, "web", {
    "app.json": '{"name":"web","rate":{"api/*":{"perAddress":"100/d"}}}',
    "api/main.js": "export default () => 'ok'",
  });
  assert.equal(await flood(node, addresses(0)), ROUND);
  const before = await rssMb(node);
  assert.equal(await flood(node, addresses(1)), ROUND);
  const grown = await rssMb(node) - before;
  assert.ok(grown < GROWTH_MB, `it grew by ${Math.round(grown)} MiB`);
  assert.equal((await visit(node, "web", "/api/")).text, "ok");
});
