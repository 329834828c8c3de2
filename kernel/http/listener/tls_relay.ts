import { connect, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { Carry, shutdown } from "./carry.ts";
import { handleOf } from "./stream_handle.ts";
import { preface } from "./tls_messages.ts";

/** How long a client may still send what nobody reads, once everything was said to it, ms. */
const LINGER_MS = 2000;

/**
 * Carries what a connection says, decrypted, to the kernel and back. Takes over from a socket whose
 * handshake is done.
 */
export class TlsRelay {
  readonly #up: Carry;
  #kernel: Socket | undefined;
  #hasHeard = false;
  #hasAnswered = false;

  constructor(private readonly socket: TLSSocket) {
    this.#up = new Carry(handleOf(socket), {
      onEnd: () => this.#heard(),
      onBroken: () => this.#destroy(),
    });
    // What came with the end of the handshake.
    if (socket.readableLength > 0) this.#up.push(socket.read());
    socket.on("close", () => this.#destroy());
  }

  /** Connects to the kernel; rejects, and the socket is closed, where that cannot be. */
  async start(path: string, { id }: { readonly id: number }): Promise<void> {
    const kernel = this.#kernel = connect({ path, allowHalfOpen: true });
    try {
      await new Promise<void>((resolve, reject) => {
        kernel.once("connect", resolve);
        kernel.once("error", reject);
        kernel.once("close", () => reject(new Error("closed")));
      });
    } catch (error) {
      this.#destroy();
      throw error;
    }
    kernel.on("error", () => this.#destroy());
    const handle = handleOf(kernel);
    const down = new Carry(handle, {
      onEnd: () => this.#answered(),
      onBroken: () => this.#answered(),
    });
    this.#up.begin(handle, preface(id, this.socket.alpnProtocol === "h2"));
    down.begin(handleOf(this.socket));
  }

  /** The client has said everything. */
  #heard(): void {
    this.#hasHeard = true;
    if (this.#hasAnswered) this.#destroy();
    else if (this.#kernel !== undefined) shutdown(handleOf(this.#kernel));
  }

  /** The kernel has said everything: who still sends is heard out, so that the end is not lost. */
  #answered(): void {
    if (this.#hasAnswered) return;
    this.#hasAnswered = true;
    this.#up.drop();
    this.socket.end(() => {
      if (this.#hasHeard) this.#destroy();
    });
    const late = setTimeout(() => this.#destroy(), LINGER_MS);
    Deno.unrefTimer(late);
    this.socket.once("close", () => clearTimeout(late));
  }

  #destroy(): void {
    this.socket.destroy();
    this.#kernel?.destroy();
  }
}
