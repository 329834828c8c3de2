import type { Buffer } from "node:buffer";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { letGo, type Relayed } from "./relay.ts";

const BUFFER_BYTES = 64 * 1024;
/** Bytes that wait for the server at most before the socket is read no further. */
const WAITING_BYTES = 256 * 1024;

/** One side of a relay, which takes nothing in until the other side is there. */
export interface SocketRelay {
  /** Carries bytes both ways until the server's side has ended, or either breaks. */
  with(server: Relayed): Promise<void>;
}

/** Begins a relay of a socket of Node's. */
export function relaySocket(socket: Duplex): SocketRelay {
  socket.pause();
  return {
    async with(server) {
      socket.on("error", () => letGo(server));
      socket.on("close", () => letGo(server));
      up(socket, server);
      await down(server, socket);
      letGo(server);
    },
  };
}

/** What arrives is passed on in order; the socket waits while the server takes its time. */
function up(socket: Duplex, server: Relayed): void {
  let waiting = 0;
  let turn: Promise<void> | undefined;
  const broken = () => {
    letGo(server);
    socket.destroy();
  };
  const pass = async (part: Uint8Array): Promise<void> => {
    let sent = await server.write(part);
    while (sent < part.length) sent += await server.write(part.subarray(sent));
    waiting -= part.length;
    if (waiting < WAITING_BYTES && socket.isPaused()) socket.resume();
    if (waiting === 0) turn = undefined;
  };
  socket.on("data", (part: Buffer) => {
    waiting += part.length;
    if (waiting >= WAITING_BYTES) socket.pause();
    const mine = turn === undefined ? pass(part) : turn.then(() => pass(part));
    turn = mine;
    mine.catch(broken);
  });
  socket.on(
    "end",
    () => void (turn ?? Promise.resolve()).then(() => server.closeWrite?.()).catch(broken),
  );
  socket.resume();
}

/** Every answer is one write, so that its head and body leave together. */
async function down(server: Relayed, socket: Duplex): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  try {
    for (;;) {
      const count = await server.read(buffer);
      if (count === null) break;
      if (!socket.write(buffer.slice(0, count))) await once(socket, "drain");
    }
    socket.end();
  } catch {
    socket.destroy();
  }
}
