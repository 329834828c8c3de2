import { Buffer } from "node:buffer";
import type { CallContext } from "../../kernel/proc/mod.ts";
import type { FlatHeaders } from "../guest/mod.ts";
import { type AppErrorCode, appErrorResponse } from "./app_errors.ts";
import type { CellLink } from "./cell_link.ts";

/** Header fields that belong to the connection (RFC 9110 §7.6.1) or that the server sets. */
const DROPPED = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const NULL_BODY = new Set([204, 205, 304]);

/** Options of a {@link Call}. */
export interface CallOptions {
  readonly id: number;
  readonly context: CallContext;
  readonly signal: AbortSignal;
  readonly head: boolean;
  /** Time until the answer must have begun, ms. */
  readonly limitMs: number;
  readonly onEnd: () => void;
}

/** One request inside an isolate, from the moment it is sent until its answer is complete. */
export class Call {
  readonly response: Promise<Response>;
  readonly id: number;
  readonly context: CallContext;
  /** Time until its answer must have begun, ms. */
  readonly limitMs: number;
  readonly #deadline: number;
  #respond!: (response: Response) => void;
  #answered = false;
  #ended = false;
  #watched = false;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(
    private readonly link: CellLink,
    private readonly options: CallOptions,
  ) {
    this.id = options.id;
    this.context = options.context;
    this.limitMs = options.limitMs;
    this.#deadline = performance.now() + options.limitMs;
    this.response = new Promise((resolve) => this.#respond = resolve);
  }

  /** Whether the answer should have begun by now. */
  overdue(now: number): boolean {
    return !this.#answered && now > this.#deadline;
  }

  /** From here on a visitor who leaves aborts the call. Asked only of calls that last. */
  watchVisitor(): void {
    if (this.#watched) return;
    this.#watched = true;
    const { signal } = this.options;
    const leave = () => {
      if (this.#ended) return;
      this.link.post(["abort", this.options.id]);
      if (!this.#answered) this.fail("APP_STOPPED");
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  }

  /** The answer, or with `streaming` only its beginning. */
  result(status: unknown, headers: FlatHeaders, body: unknown, streaming: unknown): void {
    if (this.#answered) return;
    let response: Response;
    try {
      const empty = this.options.head || NULL_BODY.has(Number(status));
      const content = empty ? null : streaming === true ? this.#open() : checkBody(body);
      response = new Response(content, { status: Number(status), headers: pairs(headers) });
      if (typeof content === "string") this.#sent(Buffer.byteLength(content));
      else if (content instanceof Uint8Array) this.#sent(content.length);
    } catch {
      if (streaming === true) this.link.post(["abort", this.options.id]);
      return this.fail("APP_RESPONSE");
    }
    this.#answered = true;
    this.#respond(response);
    if (this.#stream === undefined) {
      if (streaming === true) this.link.post(["abort", this.options.id]);
      this.#end();
    }
  }

  chunk(bytes: unknown): void {
    if (this.#ended || this.#stream === undefined) return;
    if (bytes instanceof Uint8Array) {
      this.#sent(bytes.length);
      this.#stream.enqueue(bytes);
    } else this.fail("APP_RESPONSE");
  }

  end(): void {
    if (this.#ended) return;
    this.#stream?.close();
    this.#end();
  }

  /** What the app itself said of its failure; for the owner only. */
  failure: { readonly message: string; readonly stack: string; readonly kind: string } | undefined;

  /** Answers with a failure; if the answer had begun, cuts it so that it is seen as incomplete. */
  fail(code: AppErrorCode): void {
    if (this.#ended) return;
    if (this.#answered) this.#stream?.error(new Error(code));
    else {
      this.#answered = true;
      this.#respond(appErrorResponse(code, this.context.requestId));
    }
    this.#end();
  }

  #sent(bytes: number): void {
    this.context.traffic?.sent(bytes);
  }

  #open(): ReadableStream<Uint8Array> {
    const { id } = this.options;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
      pull: () => this.link.post(["pull", id]),
      cancel: () => {
        if (this.#ended) return;
        this.link.post(["abort", id]);
        this.#end();
      },
    }, { highWaterMark: 1 });
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.options.onEnd();
  }
}

function checkBody(body: unknown): string | Uint8Array<ArrayBuffer> | null {
  if (body === null || typeof body === "string") return body;
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>;
  throw new TypeError("not a body");
}

function pairs(flat: FlatHeaders): [string, string][] {
  if (!Array.isArray(flat) || flat.length > 400) throw new TypeError("not headers");
  const out: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = String(flat[i]).toLowerCase();
    if (!DROPPED.has(name)) out.push([name, String(flat[i + 1])]);
  }
  return out;
}
