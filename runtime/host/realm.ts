// The realm: a worker that holds the Deno permissions of its apps and the isolates they run in.
// It takes orders from the kernel only and never listens to an isolate.
import os from "node:os";
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

/** Niceness of the threads that run apps: the kernel's own go first when both want a core. */
const NICENESS = 3;

const scope = self as unknown as RealmScope;
/** What it shares of its turns, in the first of these numbers: see `runtime/guest/turns.ts`. */
interface Lives {
  readonly worker: NodeWorker;
  readonly vital: Int32Array;
}
const IN_TURN = 1;
const isolates = new Map<number, Lives>();

// On Linux a thread's own, which those it starts inherit; elsewhere it would be the process's.
if (["linux", "android"].includes(Deno.build.os)) {
  try {
    os.setPriority(0, NICENESS);
  } catch {
    // A system that forbids it runs apps beside the kernel.
  }
}
// Apps inherit what the realm may do.
Deno.permissions.revokeSync({ name: "sys", kind: "setPriority" as "hostname" });

// Nothing an isolate does may become an uncaught error here: that would end the process.
for (const type of ["error", "unhandledrejection"]) {
  scope.addEventListener(type, (event) => event.preventDefault());
}

function gone(id: number, reason: EndReason, text: string): void {
  if (!isolates.delete(id)) return;
  scope.postMessage({ kind: "gone", id, reason, text: text.slice(0, 2000) });
}

/** Ends the newest isolate that is inside a turn, else the newest of all. */
function shed(): void {
  const all = [...isolates];
  const [id, isolate] = all.findLast(([, { vital }]) => Atomics.load(vital, 0) === IN_TURN) ??
    all.at(-1) ?? [];
  if (id === undefined) return;
  gone(id, "pressure", "the node was short of memory");
  isolate?.worker.terminate();
}

scope.onmessage = ({ data, ports }) => {
  if (data.kind === "watch") {
    ports[0]!.onmessage = shed;
    return;
  }
  if (data.kind === "kill") {
    isolates.get(data.id)?.worker.terminate();
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
  isolates.set(id, { worker: isolate, vital: new Int32Array(vital) });
  isolate.on("error", (error: { code?: string; message?: string }) => {
    const memory = error?.code === "ERR_WORKER_OUT_OF_MEMORY";
    gone(id, memory ? "memory" : "fault", String(error?.message ?? error));
  });
  isolate.on("exit", () => gone(id, "exit", "the isolate ended itself"));
  const port = ports[0] as unknown as import("node:worker_threads").MessagePort;
  isolate.postMessage({ port, vital }, [port]);
};

scope.postMessage({ kind: "up" });
