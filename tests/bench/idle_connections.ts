import { load, type LoadResult } from "./load.ts";
import { openFiles } from "./open_files.ts";
import { residentMb, startBenchNode } from "./node.ts";

/** What many connections that ask for nothing cost everybody else. */
export interface IdleTimes {
  readonly held: number;
  readonly quiet: LoadResult | undefined;
  readonly beside: LoadResult | undefined;
  /** Resident memory before, beside and after, MB. */
  readonly memoryMb: readonly [number, number, number];
  /** Open files before and after. */
  readonly files: readonly [number, number];
}

const ASK = new TextEncoder().encode("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");

/** Opens so many connections, each of which asked once and stays, and visits a page beside them. */
export async function idleConnections(count: number): Promise<IdleTimes> {
  const node = await startBenchNode(undefined, {
    // As a node has it unless told: with more memory it would keep more connections.
    memoryMb: 512,
    env: {
      FAZT_LIMITS_GLOBAL_SOCKETSPERADDRESS: String(count * 2),
      FAZT_LIMITS_REQUEST_IDLESECONDS: "300",
    },
  });
  await node.deploy("page", { "index.html": "x".repeat(4096) });
  const host = `page.localhost:${node.port}`;
  // As many visitors as leave the machine time: what waits is to be seen, not what is full.
  const visit = () => load(`http://127.0.0.1:${node.port}/`, { connections: 4, host });
  await visit();
  const quiet = await visit();
  const [memory, files] = [residentMb(node.pid), openFiles(node.pid)];
  const held: Deno.Conn[] = [];
  const open = async () => {
    while (held.length < count) {
      const connection = await Deno.connect({ port: Number(node.port), hostname: "127.0.0.1" });
      held.push(connection);
      await connection.write(ASK);
      await connection.read(new Uint8Array(2048));
    }
  };
  await Promise.all(Array.from({ length: 50 }, open));
  const beside = await visit();
  const full = residentMb(node.pid);
  for (const connection of held) connection.close();
  const deadline = performance.now() + 20_000;
  while (openFiles(node.pid) > files + 10 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const after = residentMb(node.pid);
  const filesAfter = openFiles(node.pid);
  await node.stop();
  return {
    held: held.length,
    quiet,
    beside,
    memoryMb: [memory, full, after],
    files: [files, filesAfter],
  };
}
