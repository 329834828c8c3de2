import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { Readable } from "node:stream";
import type { RequestHandler } from "./connection_info.ts";

/** A request of Node's servers. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** Its response. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** Answers a request of Node's HTTP/1 and HTTP/2 servers with the handler of web requests. */
export async function answerNode(
  message: NodeRequest,
  response: NodeResponse,
  { handler, onError, remoteAddr }: {
    readonly handler: RequestHandler;
    readonly onError: (error: unknown) => void;
    readonly remoteAddr: Deno.NetAddr;
  },
): Promise<void> {
  const completed = Promise.withResolvers<void>();
  (response as ServerResponse).on("close", () => completed.resolve());
  (response as ServerResponse).on("error", () => completed.resolve());
  try {
    const http2 = message.httpVersionMajor === 2;
    const request = requestOf(message);
    if (request === undefined) {
      (response as ServerResponse).writeHead(400).end();
      return;
    }
    const answer = await handler(request, {
      remoteAddr,
      completed: completed.promise,
      secure: true,
      http2,
    });
    await send(answer, response as ServerResponse);
  } catch (error) {
    onError(error);
    (response as ServerResponse).destroy();
  }
  await completed.promise;
}

/** Undefined for what is no request of the web, such as one without a target that is a URL. */
function requestOf(message: NodeRequest): Request | undefined {
  const { method = "GET", url: target = "/" } = message;
  const host = message.headers[":authority"] ?? message.headers.host ?? "";
  const url = /^https?:\/\//i.test(target)
    ? `https${target.slice(target.indexOf("://"))}`
    : `https://${host}${target}`;
  const headers = new Headers();
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    const name = message.rawHeaders[i]!;
    if (!name.startsWith(":")) headers.append(name, message.rawHeaders[i + 1]!);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  try {
    return new Request(url, {
      method,
      headers,
      ...hasBody ? { body: Readable.toWeb(message as Readable) as ReadableStream } : {},
    });
  } catch {
    return undefined;
  }
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of answer.headers) {
    if (name === "set-cookie") continue;
    // HTTP/2 has no fields that belong to a connection (RFC 9113 §8.2.2).
    if (name === "connection" && response.req?.httpVersionMajor === 2) continue;
    fields[name] = value;
  }
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) fields["set-cookie"] = cookies;
  response.writeHead(answer.status, fields);
  for await (const part of answer.body ?? []) {
    if (response.destroyed) return;
    if (!response.write(part)) {
      await new Promise<void>((resolve) => {
        response.once("drain", resolve);
        response.once("close", resolve);
      });
    }
  }
  response.end();
}
