import type { Settings } from "./config/mod.ts";
import { Listener, type ListenerOptions } from "./http/listener.ts";
import { FaztError } from "./lib/fazt_error.ts";

/**
 * Binds the port that the settings name.
 * @throws {FaztError} `PORT` saying why it cannot be had.
 */
export function listen(
  settings: Settings,
  options: Pick<ListenerOptions, "handler" | "onError">,
): Listener {
  const port = settings.get("server.port");
  try {
    return new Listener({ port, hostname: bindAddress(settings), ...options });
  } catch (cause) {
    throw portError(port, cause);
  }
}

/** A development node is nobody else's business; a node with a domain is there for everybody. */
function bindAddress(settings: Settings): string {
  const set = settings.get("server.host");
  if (set !== "") return set;
  return settings.get("server.domain") === "localhost" ? "127.0.0.1" : "0.0.0.0";
}

function portError(port: number, cause: unknown): FaztError {
  const reason = cause instanceof Deno.errors.AddrInUse
    ? "another program uses it"
    : cause instanceof Deno.errors.PermissionDenied
    ? "this user may not use low ports"
    : String(cause);
  return new FaztError("PORT", `Cannot listen on port ${port}: ${reason}`, {
    hint: "choose another one: --port 8081",
    status: 409,
    cause,
  });
}
