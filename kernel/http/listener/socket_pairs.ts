import { letGo } from "./relay.ts";

/** Two ends of one connection inside the process. */
export interface SocketPair {
  readonly near: Deno.UnixConn;
  readonly far: Deno.UnixConn;
}

/**
 * Connections from the process to itself, through a socket in a folder that only its user may
 * enter. Deno's HTTP server reads from sockets alone, so what the listener decrypts goes through one.
 */
export class SocketPairs {
  readonly #folder = Deno.makeTempDirSync({ prefix: "fazt-edge-" });
  #count = 0;
  #listener: Deno.UnixListener | undefined;
  #path = "";
  #turn: Promise<unknown> = Promise.resolve();

  /** A new pair. One after the other: the order of connecting is what tells which ends belong. */
  make(): Promise<SocketPair> {
    const made = this.#turn.then(() => this.#make());
    this.#turn = made.catch(() => {});
    return made;
  }

  close(): void {
    if (this.#listener !== undefined) letGo(this.#listener);
    Deno.removeSync(this.#folder, { recursive: true });
  }

  async #make(): Promise<SocketPair> {
    if (this.#listener === undefined) {
      this.#path = `${this.#folder}/${this.#count++}`;
      this.#listener = Deno.listen({ transport: "unix", path: this.#path });
    }
    const connecting = Deno.connect({ transport: "unix", path: this.#path });
    const ends = await Promise.allSettled([connecting, this.#listener.accept()]);
    const [near, far] = ends;
    if (near.status === "fulfilled" && far.status === "fulfilled") {
      return { near: near.value, far: far.value };
    }
    // What waits in the queue of this socket would be taken for the end of another.
    for (const end of ends) if (end.status === "fulfilled") letGo(end.value);
    letGo(this.#listener);
    this.#listener = undefined;
    throw near.status === "rejected" ? near.reason : (far as PromiseRejectedResult).reason;
  }
}
