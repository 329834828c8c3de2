import { Buffer } from "node:buffer";
import { request } from "node:http";
import type { TestNode } from "./node.ts";

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** What to send besides method and path. */
export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Visits a host of a node; the path is sent exactly as it is written. */
export function visitHost(
  node: Pick<TestNode, "port">,
  host: string,
  path: string,
  sending: Sending = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: "127.0.0.1",
      port: node.port,
      path,
      method: sending.method ?? "GET",
      headers: { host, ...sending.headers },
    }, (response) => {
      const parts: Uint8Array[] = [];
      response.on("data", (part: Uint8Array) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const bytes = new Uint8Array(Buffer.concat(parts));
        const headers = new Headers();
        for (let i = 0; i < response.rawHeaders.length; i += 2) {
          headers.append(response.rawHeaders[i]!, response.rawHeaders[i + 1]!);
        }
        resolve({
          status: response.statusCode!,
          headers,
          bytes,
          text: new TextDecoder().decode(bytes),
        });
      });
    });
    sent.on("error", reject);
    sent.end(sending.body);
  });
}

/** Visits an app by its label. */
export function visit(
  node: Pick<TestNode, "port">,
  label: string,
  path: string,
  sending: Sending = {},
): Promise<Answer> {
  return visitHost(node, `${label}.localhost:${node.port}`, path, sending);
}

/** Asks the API; JSON in, JSON out. */
export async function api(
  node: TestNode,
  method: string,
  path: string,
  options: {
    readonly token?: string;
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
  } = {},
  // deno-lint-ignore no-explicit-any -- tests look at whatever shape the API gives
): Promise<{ status: number; data: any; meta: any; error: any; headers: Headers }> {
  const raw = options.body instanceof Uint8Array;
  const token = options.token ?? node.token;
  const answer = await visitHost(node, `127.0.0.1:${node.port}`, path, {
    method,
    headers: {
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      ...(raw ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
    ...(options.body === undefined
      ? {}
      : { body: raw ? options.body as Uint8Array : JSON.stringify(options.body) }),
  });
  const body = answer.headers.get("content-type")?.includes("/json") ? JSON.parse(answer.text) : {};
  const { data, meta, error } = body;
  return { status: answer.status, data, meta, error, headers: answer.headers };
}
