import { Agent, request } from "node:https";
import { ways } from "./attackers.ts";
import { freePort } from "./free_port.ts";
import { residentMb, startBenchNode } from "./node.ts";
import { openFiles } from "./open_files.ts";

/** What visitors and the machine see in one stretch of time. */
export interface Watched {
  readonly what: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  /** The most there was, and what is left a moment after. */
  readonly memoryMb: readonly [number, number];
  readonly files: readonly [number, number];
}

/** Time of each stretch, ms. */
const STRETCH_MS = 6000;
/** Visitors at once, and how often each comes. */
const [VISITORS, EVERY_MS] = [4, 20];

/** Attacks the edge in every way, one after the other, beside visitors over HTTPS; the quiet first. */
export async function siege(onEach: (watched: Watched) => void): Promise<void> {
  const httpsPort = freePort();
  const node = await startBenchNode(undefined, {
    env: {
      FAZT_SERVER_HTTPS: "true",
      FAZT_SERVER_HTTPSPORT: String(httpsPort),
      FAZT_LIMITS_REQUEST_HEADERSECONDS: "3",
      FAZT_LIMITS_REQUEST_HANDSHAKESECONDS: "3",
      FAZT_LIMITS_REQUEST_BODYSECONDS: "3",
    },
  });
  await node.deploy("page", {
    "index.html": "x".repeat(4096),
    "api/main.js": "export default async (r) => ({ read: (await r.text()).length });",
    "app.json": '{"name":"page"}',
  });
  const host = "page.localhost";
  const agent = new Agent({ keepAlive: true, maxSockets: VISITORS });
  const visit = () =>
    new Promise<boolean>((resolve) => {
      request({
        ...{ host: "127.0.0.1", port: httpsPort, path: "/", servername: host, agent },
        ...{ headers: { host: `${host}:${httpsPort}` }, rejectUnauthorized: false },
      }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode === 200));
        response.on("error", () => resolve(false));
      }).on("error", () => resolve(false)).end();
    });
  const files = () => openFiles(node.pid);
  const stretch = async (what: string): Promise<void> => {
    const times: number[] = [];
    let failed = 0;
    let [memory, most] = [0, 0];
    const end = performance.now() + STRETCH_MS;
    const look = setInterval(() => {
      memory = Math.max(memory, residentMb(node.pid));
      most = Math.max(most, files());
    }, 1000);
    const visitor = async () => {
      while (performance.now() < end) {
        const began = performance.now();
        if (!await visit()) failed++;
        times.push(performance.now() - began);
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      }
    };
    await Promise.all(Array.from({ length: VISITORS }, visitor));
    clearInterval(look);
    times.sort((a, b) => a - b);
    const at = (part: number) => times[Math.floor(times.length * part)] ?? NaN;
    worker?.terminate();
    worker = undefined;
    await settle();
    onEach({
      what,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      failed,
      memoryMb: [memory, residentMb(node.pid)],
      files: [most, files()],
    });
  };
  let worker: Worker | undefined;
  /** Waits until what the attack held is given back, at most as long as the node's deadlines say. */
  const settle = async () => {
    const deadline = performance.now() + 8000;
    while (files() > quietFiles + 10 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  let quietFiles = Infinity;
  for (let n = 0; n < 300; n++) await visit();
  for (let n = 0; n < 2; n++) await stretch("warming");
  quietFiles = files();
  await stretch("quiet");
  for (const way of ways) {
    worker = new Worker(new URL("./attack_worker.ts", import.meta.url), { type: "module" });
    worker.postMessage({ way, port: Number(node.port), httpsPort, host });
    await stretch(way);
  }
  agent.destroy();
  await node.stop();
}
