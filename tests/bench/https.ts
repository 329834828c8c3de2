import { freePort } from "./free_port.ts";
import { load, loadHttp2, type LoadResult } from "./load.ts";
import { startBenchNode } from "./node.ts";

/** One page, as browsers get it: by plain HTTP, and over TLS by either version. */
export interface HttpsTimes {
  readonly plain: LoadResult | undefined;
  readonly https: Readonly<Record<"HTTP/1.1" | "HTTP/2", LoadResult | undefined>>;
}

/** Loads one page of a database that no node serves, each way in turn, twice: the second counts. */
export async function httpsTimes(
  db: string,
  { host, path }: { readonly host: string; readonly path: string },
): Promise<HttpsTimes> {
  const node = await startBenchNode(db);
  const plain = await twice(() =>
    load(`http://127.0.0.1:${node.port}${path}`, {
      connections: 64,
      host: `${host}:${node.port}`,
    })
  );
  await node.stop();
  const port = freePort();
  const secure = await startBenchNode(db, {
    env: { FAZT_SERVER_HTTPS: "true", FAZT_SERVER_HTTPSPORT: String(port) },
  });
  const https1 = await twice(() =>
    load(`https://127.0.0.1:${port}${path}`, { connections: 64, host: `${host}:${port}` })
  );
  const https2 = await twice(() => loadHttp2({ host, port, path }));
  await secure.stop();
  return { plain, https: { "HTTP/1.1": https1, "HTTP/2": https2 } };
}

async function twice<T>(run: () => Promise<T>): Promise<T> {
  await run();
  return await run();
}
