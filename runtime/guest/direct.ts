/** What {@link createDirect} needs. */
export interface DirectDeps {
  readonly syscall: (name: string, input: unknown) => Promise<unknown>;
  /** Through the kernel. */
  readonly egress: typeof fetch;
  readonly nativeFetch: typeof fetch;
  /** Leads what a promise of native code settles into a turn. */
  readonly settleInTurn: (promise: unknown) => Promise<unknown>;
  /** Runs app code in a turn. */
  readonly run: (job: () => void) => void;
}

/**
 * `fetch`, `WebSocket` and `EventSource` of an app with `net:direct`: the isolate's own, each after
 * the kernel looked at where it goes (`net.check`).
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createDirect(
  { syscall, egress, nativeFetch, settleInTurn, run }: DirectDeps,
): Record<"fetch" | "WebSocket" | "EventSource", unknown> {
  type Handler = ((event: Event) => unknown) | null;
  type Native = EventTarget & Record<string, unknown>;
  type NativeClass = new (...args: unknown[]) => Native;
  const scope = globalThis as unknown as Record<string, unknown>;
  const NativeRequest = Request;
  const CONNECTING = 0, CLOSED_LATER = 3;

  const fetchDirect = async (input: unknown, init?: RequestInit) => {
    const url = input instanceof NativeRequest ? input.url : String(input);
    if (await syscall("net.check", { url, follow: true }) !== true) {
      return await egress(input as Request, init);
    }
    // What was looked at is what is sent, however the arguments are read.
    const request = new NativeRequest(input instanceof NativeRequest ? input : url, init);
    return await settleInTurn(nativeFetch(request));
  };

  // The event of another object cannot be sent on: one like it is.
  const copyOf = (event: Event): Event => {
    const { type } = event;
    if (event instanceof MessageEvent) {
      const { data, origin, lastEventId } = event;
      return new MessageEvent(type, { data, origin, lastEventId });
    }
    if (event instanceof CloseEvent) {
      const { code, reason, wasClean } = event;
      return new CloseEvent(type, { code, reason, wasClean });
    }
    return new Event(type);
  };

  /** A class like a native one that connects only after the kernel allowed it. */
  const checked = (name: string, types: readonly string[], closed: number) => {
    const NativeConnection = scope[name] as NativeClass;
    class Connection extends EventTarget {
      #native: Native | undefined;
      #closed = false;
      #binaryType: unknown = "blob";
      readonly #handlers: Record<string, Handler> = {};
      readonly #types = new Set<string>();
      readonly #url: string;

      constructor(url: unknown, ...rest: unknown[]) {
        super();
        this.#url = new URL(String(url)).href;
        for (const type of types) this.#forward(type);
        syscall("net.check", { url: this.#url, follow: name === "EventSource" }).then((direct) => {
          if (this.#closed) return;
          if (direct !== true) return this.#fail();
          this.#native = new NativeConnection(this.#url, ...rest);
          if (name === "WebSocket") this.#native.binaryType = this.#binaryType;
          for (const type of this.#types) this.#listen(type);
        }).catch(() => this.#fail());
      }

      override addEventListener(type: string, ...rest: unknown[]): void {
        this.#forward(type);
        super.addEventListener(type, ...rest as [EventListener]);
      }

      get url(): unknown {
        return this.#native?.url ?? this.#url;
      }
      get readyState(): unknown {
        return this.#native?.readyState ?? (this.#closed ? closed : CONNECTING);
      }
      get protocol(): unknown {
        return this.#native?.protocol ?? "";
      }
      get extensions(): unknown {
        return this.#native?.extensions ?? "";
      }
      get bufferedAmount(): unknown {
        return this.#native?.bufferedAmount ?? 0;
      }
      get withCredentials(): boolean {
        return false;
      }
      get binaryType(): unknown {
        return this.#binaryType;
      }
      set binaryType(type: unknown) {
        this.#binaryType = type;
        if (this.#native !== undefined) this.#native.binaryType = type;
      }

      send(data: unknown): void {
        if (this.#native === undefined) {
          throw new DOMException("Cannot send: it is not open", "InvalidStateError");
        }
        (this.#native.send as (data: unknown) => void).call(this.#native, data);
      }

      close(...args: unknown[]): void {
        this.#closed = true;
        const native = this.#native;
        (native?.close as ((...args: unknown[]) => void) | undefined)?.apply(native, args);
      }

      #forward(type: string): void {
        if (this.#types.has(type)) return;
        this.#types.add(type);
        if (this.#native !== undefined) this.#listen(type);
      }

      #listen(type: string): void {
        this.#native!.addEventListener(type, (event) => run(() => this.#tell(copyOf(event))));
      }

      #tell(event: Event): void {
        this.#handlers[event.type]?.call(this, event);
        this.dispatchEvent(event);
      }

      #fail(): void {
        this.#closed = true;
        this.#tell(new Event("error"));
        if (name === "WebSocket") this.#tell(new CloseEvent("close", { code: 1006 }));
      }

      static {
        for (const type of types) {
          Object.defineProperty(this.prototype, `on${type}`, {
            get(this: Connection) {
              return this.#handlers[type] ?? null;
            },
            set(this: Connection, handler: Handler) {
              this.#handlers[type] = typeof handler === "function" ? handler : null;
            },
          });
        }
        const states = name === "WebSocket"
          ? { CONNECTING, OPEN: 1, CLOSING: 2, CLOSED: CLOSED_LATER }
          : { CONNECTING, OPEN: 1, CLOSED: 2 };
        Object.assign(this, states);
        Object.assign(this.prototype, states);
        Object.defineProperty(this, "name", { value: name });
      }
    }
    return Connection;
  };

  return {
    fetch: fetchDirect,
    WebSocket: checked("WebSocket", ["open", "message", "error", "close"], CLOSED_LATER),
    EventSource: checked("EventSource", ["open", "message", "error"], 2),
  };
}
