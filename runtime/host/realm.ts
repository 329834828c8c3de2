// The realm: a worker that holds the Deno permissions of its apps and the isolates they run in.
// It takes orders from the kernel only and never listens to an isolate.
import { Worker as NodeWorker } from "node:worker_threads";
import type { EndReason, FromRealm, ToRealm } from "./realm_protocol.ts";

interface RealmScope {
  onmessage: ((event: MessageEvent<ToRealm>) => void) | null;
  postMessage(message: FromRealm): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

/**
 * What V8 gives an isolate beyond its heap, MiB: at its limit V8 asks the isolate to end and doubles
 * the limit, and what does not fit then ends the process. What a turn leaves is held to the heap.
 */
const HEADROOM_MB = 96;

const scope = self as unknown as RealmScope;
const isolates = new Map<number, NodeWorker>();

// Nothing an isolate does may become an uncaught error here: that would end the process.
for (const type of ["error", "unhandledrejection"]) {
  scope.addEventListener(type, (event) => event.preventDefault());
}

function gone(id: number, reason: EndReason, text: string): void {
  if (!isolates.delete(id)) return;
  scope.postMessage({ kind: "gone", id, reason, text: text.slice(0, 2000) });
}

/** Ends the newest isolate, spare or busy. */
function shed(): void {
  const newest = [...isolates.keys()].at(-1);
  if (newest === undefined) return;
  const isolate = isolates.get(newest);
  gone(newest, "memory", "the node was short of memory");
  isolate?.terminate();
}

scope.onmessage = ({ data, ports }) => {
  if (data.kind === "watch") {
    ports[0]!.onmessage = shed;
    return;
  }
  if (data.kind === "kill") {
    isolates.get(data.id)?.terminate();
    isolates.delete(data.id);
    return;
  }
  const { id, source, heapMb, vital } = data;
  const isolate = new NodeWorker(source, {
    eval: true,
    env: {},
    stdin: false,
    // Young generation: enough for bursts of requests, small beside the heap itself.
    resourceLimits: {
      maxOldGenerationSizeMb: heapMb + HEADROOM_MB,
      maxYoungGenerationSizeMb: 16,
    },
  });
  isolates.set(id, isolate);
  isolate.on("error", (error: { code?: string; message?: string }) => {
    const memory = error?.code === "ERR_WORKER_OUT_OF_MEMORY";
    gone(id, memory ? "memory" : "fault", String(error?.message ?? error));
  });
  isolate.on("exit", () => gone(id, "exit", "the isolate ended itself"));
  const port = ports[0] as unknown as import("node:worker_threads").MessagePort;
  isolate.postMessage({ port, vital }, [port]);
};

scope.postMessage({ kind: "up" });
