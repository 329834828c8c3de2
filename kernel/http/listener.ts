/** What {@link Listener} needs. */
export interface ListenerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly hostname: string;
  readonly handler: Deno.ServeHandler<Deno.NetAddr>;
  readonly onError: (error: unknown) => void;
}

/** Wait before the port is bound again after it was lost, ms. */
const AGAIN_MS = 250;

/**
 * The node's port. Deno's accept loop ends for good at the first error of the machine, such as too
 * many open files: it is started again until {@link Listener.shutdown}.
 */
export class Listener {
  /** The port that is bound. */
  readonly port: number;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  /** Binds the port; throws what the machine says when it cannot. */
  constructor(private readonly options: ListenerOptions) {
    this.#server = this.#serve(options.port);
    this.port = this.#server.addr.port;
  }

  /** Takes no new connection; resolves when the open requests are answered. */
  async shutdown(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#retry);
    await this.#server.shutdown().catch(() => {});
    await this.#server.finished.catch(() => {});
  }

  #serve(port: number): Deno.HttpServer<Deno.NetAddr> {
    const { hostname, handler, onError } = this.options;
    const server = Deno.serve({
      port,
      hostname,
      onListen: () => {},
      onError: (error) => {
        onError(error);
        return new Response("Internal error", { status: 500 });
      },
    }, handler);
    server.finished.catch((error) => {
      if (!this.#ended) this.#lost(error);
    });
    return server;
  }

  #lost(error: unknown): void {
    this.options.onError(error);
    this.#retry = setTimeout(() => {
      try {
        this.#server = this.#serve(this.port);
      } catch (again) {
        this.#lost(again);
      }
    }, AGAIN_MS);
  }
}
