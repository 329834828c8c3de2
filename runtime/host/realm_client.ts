import { moduleUrl } from "../../kernel/lib/module_url.ts";
import type { RealmPermissions } from "../../kernel/proc/mod.ts";
import { guestSource } from "../guest/mod.ts";
import type { CellLink } from "./cell_link.ts";
import { portLink } from "./port_link.ts";
import type { EndReason, FromRealm, ToRealm } from "./realm_protocol.ts";

/** An isolate that runs and has not seen any app. */
export interface Spawned {
  /** What it shares of its turns: see `runtime/guest/turns.ts`. */
  readonly vital: Int32Array;
  readonly link: CellLink;
  /** Resolves once it can load an app; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** Whether it can load an app now. */
  readonly warm: boolean;
  /** Set by its owner: hears why the isolate ended when nobody told it to. */
  onGone: (reason: EndReason, text: string) => void;
  /** Set by its owner, who then has to end it: hears that the isolate sent what the bootstrap never sends. */
  onAbuse: (text: string) => void;
}

let lastIsolate = 0;

/** The kernel's side of one realm: one permission set, any number of isolates. */
export class RealmClient {
  readonly #worker: Worker;
  readonly #isolates = new Map<number, Spawned>();
  readonly #source = guestSource();
  #failed: string | undefined;

  constructor(
    permissions: RealmPermissions,
    private readonly options: {
      /** Gets a port that takes `"shed"`. */
      readonly adopt: (port: MessagePort) => void;
      readonly onFailed: () => void;
    },
  ) {
    // The type of `deno` options is not in the web's own Worker type.
    const workerOptions = {
      type: "module",
      name: "realm",
      deno: {
        permissions: {
          ...permissions,
          read: permissions.read === false ? false : [...permissions.read],
          write: permissions.write === false ? false : [...permissions.write],
          net: permissions.net === false ? false : [...permissions.net],
          // It gives its threads less of the processor, then gives this away.
          sys: [...permissions.sys || [], "setPriority"],
        },
      },
    } as WorkerOptions;
    this.#worker = new Worker(moduleUrl("runtime/host/realm.ts"), workerOptions);
    this.#worker.onmessage = ({ data }: MessageEvent<FromRealm>) => {
      if (data.kind !== "gone") return;
      const isolate = this.#isolates.get(data.id);
      this.#isolates.delete(data.id);
      isolate?.onGone(data.reason, data.text);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
    const { port1, port2 } = new MessageChannel();
    this.#post({ kind: "watch" }, [port2]);
    options.adopt(port1);
  }

  /** Isolates alive now. */
  get size(): number {
    return this.#isolates.size;
  }

  /** Starts an isolate with a heap of `heapMb`. */
  spawn(heapMb: number): Spawned {
    const id = ++lastIsolate;
    const { port1, port2 } = new MessageChannel();
    let settle: { resolve: () => void; reject: (error: Error) => void };
    const ready = new Promise<void>((resolve, reject) => settle = { resolve, reject });
    // Whoever waits gets the rejection; nobody waiting must not be an unhandled one.
    ready.catch(() => {});
    const link = portLink(port1, {
      kill: () => {
        this.#isolates.delete(id);
        this.#post({ kind: "kill", id });
      },
      onAbuse: (text) => {
        link.close();
        spawned.onAbuse(text);
      },
    });
    const vital = new SharedArrayBuffer(12);
    let warm = false;
    const spawned: Spawned = {
      get warm() {
        return warm;
      },
      vital: new Int32Array(vital),
      link,
      ready,
      onGone: (_reason, text) => settle.reject(new Error(text)),
      // One that has no owner yet is of no use to the next.
      onAbuse: (text) => {
        link.kill();
        spawned.onGone("fault", text);
      },
    };
    link.on((message) => {
      if (message[0] !== "ready") return;
      warm = true;
      settle.resolve();
    });
    this.#isolates.set(id, spawned);
    if (this.#failed) settle!.reject(new Error(this.#failed));
    else this.#post({ kind: "spawn", id, source: this.#source, heapMb, vital }, [port2]);
    return spawned;
  }

  close(): void {
    this.#failed = "the realm is closed";
    this.#worker.terminate();
    this.#isolates.clear();
  }

  #post(message: ToRealm, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #fail(message: string): void {
    this.#failed = message;
    this.#worker.terminate();
    for (const isolate of this.#isolates.values()) isolate.onGone("fault", message);
    this.#isolates.clear();
    this.options.onFailed();
  }
}
