import type { DoorDeps } from "./plain_door.ts";

/** Wait before the port is bound again after it was lost, ms. */
const AGAIN_MS = 250;

/**
 * Plain HTTP through `Deno.serve`, where the engine inside Deno is not what it was. It tells of
 * requests only: connections are neither counted nor is there a deadline for headers.
 */
export class DocumentedPlainDoor {
  readonly port: number;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closing: Promise<void> | undefined;

  /** Binds the port; throws what the machine says when it cannot. */
  constructor(
    private readonly deps: Omit<DoorDeps, "engine">,
    private readonly at: { readonly hostname: string; readonly port: number },
  ) {
    this.#server = this.#serve(at.port);
    this.port = this.#server.addr.port;
  }

  /** Takes no further connection; resolves when the open requests are answered. */
  close(): Promise<void> {
    clearTimeout(this.#retry);
    return this.#closing ??= this.#server.shutdown().catch(() => {});
  }

  #serve(port: number): Deno.HttpServer<Deno.NetAddr> {
    const { handler, onError, counts } = this.deps;
    const server = Deno.serve({
      port,
      hostname: this.at.hostname,
      onListen: () => {},
      onError: (error) => {
        onError(error);
        return new Response("Internal error", { status: 500 });
      },
    }, (request, info) => {
      counts.requests++;
      const { remoteAddr, completed } = info;
      return handler(request, { remoteAddr, completed, secure: false, http2: false });
    });
    // Deno's accept loop ends for good at the first error of the machine.
    server.finished.catch((error) => {
      if (this.#closing === undefined) this.#lost(error);
    });
    return server;
  }

  #lost(error: unknown): void {
    this.deps.counts.acceptErrors++;
    this.deps.onError(error);
    this.#retry = setTimeout(() => {
      try {
        this.#server = this.#serve(this.port);
      } catch (again) {
        this.#lost(again);
      }
    }, AGAIN_MS);
  }
}
