/** `cloudflare:sockets`: the same sockets under the name that libraries import them by. */
import type { Connect, GuestSocket } from "../../guest/mod.ts";

/** A host and a port, in either spelling. */
type Address = string | { readonly hostname: string; readonly port: number };

/** How `cloudflare:sockets` opens one. */
interface Options {
  readonly secureTransport?: "on" | "off" | "starttls";
  readonly allowHalfOpen?: boolean;
}

/** Opens a socket; `opened` says when it is open. */
export function connect(
  address: Address,
  { secureTransport = "off", allowHalfOpen = false }: Options = {},
): GuestSocket {
  const { hostname, port } = typeof address === "string" ? read(address) : address;
  const open = (globalThis as unknown as Record<symbol, Connect>)[Symbol.for("fazt.connect")]!;
  return open(hostname, Number(port), { tls: secureTransport === "on", allowHalfOpen });
}

function read(address: string): { readonly hostname: string; readonly port: number } {
  const match = /^(.+):(\d+)$/.exec(address);
  if (match === null) throw new TypeError(`Cannot connect to "${address}": it has no port`);
  return { hostname: match[1]!, port: Number(match[2]) };
}

export default { connect };
