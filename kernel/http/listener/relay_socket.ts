import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { letGo, type Relayed } from "./relay.ts";

const BUFFER_BYTES = 64 * 1024;

/** One side of a relay that listens already, so that nothing is lost until the other side is there. */
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
  let turn = Promise.resolve();
  let isWaiting = false;
  const pass = async (part: Uint8Array) => {
    let sent = 0;
    while (sent < part.length) sent += await server.write(sent === 0 ? part : part.subarray(sent));
  };
  const broken = () => {
    letGo(server);
    socket.destroy();
  };
  socket.on("data", (part: Buffer) => {
    const mine = turn = turn.then(() => pass(part)).catch(broken);
    if (!isWaiting) {
      isWaiting = true;
      socket.pause();
      void mine.then(function resume(): unknown {
        if (turn !== mine) return turn.then(resume);
        isWaiting = false;
        return socket.resume();
      });
    }
  });
  socket.on("end", () => void turn.then(() => server.closeWrite?.()).catch(broken));
  socket.resume();
}

/** Every answer is one write, so that its head and body leave together; each waits for the one before. */
async function down(server: Relayed, socket: Duplex): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  try {
    for (;;) {
      const count = await server.read(buffer);
      if (count === null) break;
      await new Promise<void>((resolve, reject) => {
        socket.write(buffer.subarray(0, count), (error) => error ? reject(error) : resolve());
      });
    }
    socket.end();
  } catch {
    socket.destroy();
  }
}
