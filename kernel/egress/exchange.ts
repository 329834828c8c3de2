import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import { isNetError, netError } from "./errors.ts";
import type { Header } from "./headers.ts";
import type { OutgoingBody } from "./outgoing_body.ts";

/** One request on one connection. */
export interface Outgoing {
  readonly host: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** All of them: nothing is added. */
  readonly headers: readonly Header[];
  readonly body: OutgoingBody | undefined;
}

/** The head of an answer; the body waits in `stream`. */
export interface Incoming {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly Header[];
  readonly stream: IncomingMessage;
  /** Gives the connection up. */
  readonly destroy: (why?: Error) => void;
}

/**
 * Sends one request and waits for the head of the answer. The body may still be on its way out
 * when this resolves; should it fail then, the answer's stream fails with it.
 */
export function exchange(socket: Socket, out: Outgoing, signal: AbortSignal): Promise<Incoming> {
  const { promise, resolve, reject } = Promise.withResolvers<Incoming>();
  let stream: IncomingMessage | undefined;
  const req = httpRequest({
    // The request cannot find another way out than this one.
    createConnection: () => socket,
    setHost: false,
    method: out.method,
    path: out.path,
    // Pairs keep their order and their repetitions, which an object would not.
    headers: out.headers.flat() as unknown as Record<string, string>,
  });
  const fail = (error: unknown) => {
    const why = explain(error, out.host, signal);
    reject(why);
    stream?.destroy(why);
    req.destroy(why);
    socket.destroy();
  };
  const abort = () => fail(signal.reason);
  req.on("error", (error) => stream === undefined && fail(error));
  req.on("upgrade", () => fail(malformed(out.host)));
  req.on("response", (response: IncomingMessage) => {
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 599) return fail(malformed(out.host));
    stream = response;
    stream.on("error", () => req.destroy());
    resolve({
      status,
      statusText: response.statusMessage ?? "",
      headers: pairs(response.rawHeaders),
      stream,
      destroy: (why) => why === undefined ? fail(new Error("not wanted")) : fail(why),
    });
  });
  if (signal.aborted) abort();
  else {
    signal.addEventListener("abort", abort, { once: true });
    sendBody(req, out.body).catch((error) => {
      // A server may answer without reading everything; its answer counts then.
      if (stream === undefined || isNetError(error)) fail(error);
    });
  }
  return promise;
}

async function sendBody(req: ClientRequest, body: OutgoingBody | undefined): Promise<void> {
  if (body === undefined) return void req.end();
  let wake = () => {};
  const closed = new Promise<void>((resolve) => req.once("close", resolve));
  req.on("drain", () => wake());
  req.on("close", () => wake());
  try {
    for await (const chunk of body.chunks(closed)) {
      if (req.destroyed) return;
      if (!req.write(chunk)) await new Promise<void>((resolve) => wake = resolve);
    }
    req.end();
  } finally {
    body.release();
  }
}

function explain(error: unknown, host: string, signal: AbortSignal): Error {
  if (signal.aborted) return signal.reason;
  if (isNetError(error)) return error;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && code.startsWith("HPE_") ? malformed(host) : netError(
    "NET_ERROR",
    "the connection broke before the answer was complete",
    { host, details: { reason: "broken" } },
  );
}

function malformed(host: string) {
  return netError("NET_ERROR", "its answer is not HTTP", {
    host,
    details: { reason: "malformed" },
  });
}

function pairs(raw: readonly string[]): Header[] {
  const out: Header[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) out.push([raw[i]!.toLowerCase(), raw[i + 1]!]);
  return out;
}
