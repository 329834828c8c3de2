import {
  isInitializeRequest,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import { toCliError } from "./error_lines.ts";
import type { Target } from "./target.ts";

/** Largest message of a client, bytes; the node takes less. */
const MAX_MESSAGE = 32 * 1024 * 1024;

/**
 * Carries messages between a client on stdin and stdout and a node's `/mcp`, until the client goes
 * or `signal` is aborted. The node is looked for at every message: it may have moved meanwhile.
 * @param find tells where the node is. @throws {FaztError} when none is there.
 */
export async function bridge(
  { find, signal, onError }: {
    readonly find: () => Target;
    readonly signal: AbortSignal;
    readonly onError: (error: FaztError) => void;
  },
): Promise<void> {
  const near = new StdioServerTransport(undefined, undefined, { maxBufferSize: MAX_MESSAGE });
  // The host stands for whichever node is found.
  const far = new StreamableHTTPClientTransport(new URL("http://node.invalid/mcp"), {
    fetch: (_url, init) => send(find(), init),
    // Redirects are errors to `send`: a key goes nowhere but to its node.
    redirectPolicy: "follow",
  });
  const open = new Map<RequestId, AbortController>();
  let opening: RequestId | undefined;

  const tell = (message: JSONRPCMessage) => void near.send(message).catch(() => near.close());
  const forward = async (message: JSONRPCMessage) => {
    if (isInitializeRequest(message)) opening = (message as { id: RequestId }).id;
    if (!isJSONRPCRequest(message)) {
      if (isJSONRPCNotification(message) && message.method === "notifications/cancelled") {
        open.get(message.params?.requestId as RequestId)?.abort();
      }
      return await far.send(message);
    }
    const cancel = new AbortController();
    open.set(message.id, cancel);
    try {
      await far.send(message, { requestSignal: cancel.signal });
    } finally {
      open.delete(message.id);
    }
  };

  near.onmessage = (message) => {
    forward(message).catch((thrown) => {
      const error = toCliError(thrown);
      onError(error);
      if (!isJSONRPCRequest(message)) return;
      const { message: text, ...data } = error.toBody();
      tell({ jsonrpc: "2.0", id: message.id, error: { code: -32000, message: text, data } });
    });
  };
  far.onmessage = (message) => {
    if (isJSONRPCResultResponse(message) && message.id === opening) {
      const { protocolVersion } = message.result as { protocolVersion?: string };
      if (protocolVersion !== undefined) far.setProtocolVersion(protocolVersion);
      opening = undefined;
    }
    tell(message);
  };
  near.onerror = (error) => onError(toCliError(error));

  const gone = new Promise<void>((resolve) => near.onclose = resolve);
  signal.addEventListener("abort", () => void near.close(), { once: true });
  await far.start();
  await near.start();
  await gone;
  await far.close();
}

/** Sends one message. @throws {FaztError} for whatever is no answer to it. */
async function send(target: Target, init: RequestInit | undefined): Promise<Response> {
  const headers = new Headers(init?.headers);
  if (target.token !== undefined) headers.set("authorization", `Bearer ${target.token}`);
  let response: Response;
  try {
    response = await fetch(`${target.url}/mcp`, { ...init, headers, redirect: "manual" });
  } catch (cause) {
    init?.signal?.throwIfAborted();
    throw new FaztError("UNREACHABLE", `Cannot reach the node at ${target.url}`, {
      hint: target.unreachableHint,
      cause,
    });
  }
  if (response.ok) return response;
  const text = await response.text();
  const refused = refusal(text);
  if (refused) throw refused;
  if (response.status >= 300 && response.status < 400 || !isJson(text)) {
    throw new FaztError("NOT_FAZT", `Cannot speak to ${target.url}: it is no node with /mcp`, {
      hint: "look at the address and the version of that node: fazt peer list",
    });
  }
  return new Response(text, response);
}

/** The node's own refusal of a message, which answers no request by its id. */
function refusal(text: string): FaztError | undefined {
  try {
    const { id, error } = JSON.parse(text);
    if (id !== null || typeof error?.data?.code !== "string") return undefined;
    return FaztError.from({ ...error.data, message: String(error.message) });
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
