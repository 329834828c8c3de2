import { freePort } from "./free_port.ts";
import { load, loadHttp2, type LoadResult } from "./load.ts";
import { startBenchNode } from "./node.ts";

/** One version of HTTP, without TLS and with it. */
export interface HttpsTimes {
  readonly version: "HTTP/1.1" | "HTTP/2";
  readonly plain: LoadResult | undefined;
  readonly https: LoadResult | undefined;
}

/** Loads one page of a database that no node serves, each way in turn, twice: the second counts. */
export async function httpsTimes(
  db: string,
  { host, path }: { readonly host: string; readonly path: string },
): Promise<HttpsTimes[]> {
  const plain = await startBenchNode(db);
  const port = Number(plain.port);
  const plain1 = await twice(() =>
    load(`http://127.0.0.1:${port}${path}`, { connections: 64, host: `${host}:${port}` })
  );
  const plain2 = await twice(() => loadHttp2({ scheme: "http", host, port, path }));
  await plain.stop();
  const httpsPort = freePort();
  const node = await startBenchNode(db, {
    env: { FAZT_SERVER_HTTPS: "true", FAZT_SERVER_HTTPSPORT: String(httpsPort) },
  });
  const https1 = await twice(() =>
    load(`https://127.0.0.1:${httpsPort}${path}`, {
      connections: 64,
      host: `${host}:${httpsPort}`,
    })
  );
  const https2 = await twice(() => loadHttp2({ scheme: "https", host, port: httpsPort, path }));
  await node.stop();
  return [
    { version: "HTTP/1.1", plain: plain1, https: https1 },
    { version: "HTTP/2", plain: plain2, https: https2 },
  ];
}

async function twice<T>(run: () => Promise<T>): Promise<T> {
  await run();
  return await run();
}
