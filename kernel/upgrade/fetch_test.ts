import assert from "node:assert/strict";
import { FaztError } from "../lib/fazt_error.ts";
import { download } from "./download.ts";
import { fetchSmall, sourceUrl } from "./fetch.ts";
import type { Candidate } from "./find_release.ts";

const signal = AbortSignal.timeout(60_000);

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "ok";
  } catch (error) {
    assert.ok(error instanceof FaztError, String(error));
    return `${error.code}: ${error.message}`;
  }
}

/** A server whose answers are told by the path. */
async function withServer(
  handler: (path: string, origin: string) => Response,
  use: (origin: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname, origin } = new URL(request.url);
    return handler(pathname, origin);
  });
  try {
    await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

/** A server that promises 5,000 bytes, sends 1,000 and goes. */
async function withDyingServer(use: (origin: string) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      const head = new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n");
      await connection.write(new Uint8Array([...head, ...new Uint8Array(1000)]));
      connection.close();
    }
  })();
  try {
    await use(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`);
  } finally {
    listener.close();
    await served;
  }
}

Deno.test("from afar only public HTTPS is asked, whatever a name resolves to", async () => {
  const ask = (url: string, addresses: string[] = ["127.0.0.1"]) =>
    codeOf(fetchSmall(sourceUrl(url), {
      private: false,
      resolve: () => Promise.resolve(addresses),
      maxBytes: 10,
      signal,
    }));
  for (
    const url of [
      "http://example.com/",
      "http://127.0.0.1:1/",
      "https://127.0.0.1/",
      "https://0x7f.1/",
      "https://[::1]/",
      "https://[::ffff:10.0.0.1]/",
      "https://169.254.169.254/latest",
      "https://intranet/",
      "https://nas.local/",
      "https://example.com/",
      "https://user:word@example.com/",
      "ftp://example.com/",
      "file:///etc/passwd",
      "data:text/plain,x",
    ].filter((url) => URL.parse(url)?.hostname !== "")
  ) assert.match(await ask(url), /^UPGRADE_URL/, url);
  assert.match(await ask("https://example.com/", ["93.184.216.34", "10.0.0.1"]), /^UPGRADE_URL/);
  assert.match(await ask("https://example.com/", []), /^UPGRADE_URL/);
  assert.throws(() => sourceUrl("file:///etc/passwd"), /Cannot upgrade from/);
  assert.throws(() => sourceUrl("no url"), /cannot be read as one/);
});

Deno.test("a redirect leads nowhere that could not be asked at once", async () => {
  await withServer((path, origin) => {
    const to = (location: string) => new Response(null, { status: 302, headers: { location } });
    if (path === "/moved") return to("/here");
    if (path === "/here") return new Response("hello");
    if (path === "/round") return to(`${origin}/round`);
    if (path === "/out") return to("http://example.com/");
    if (path === "/file") return to("file:///etc/passwd");
    if (path === "/broken") return to("http://[");
    if (path === "/fault") return new Response("", { status: 500 });
    return new Response("", { status: 404 });
  }, async (origin) => {
    const rules = { private: true, maxBytes: 100, signal };
    const ask = (path: string) => fetchSmall(new URL(path, origin), rules);
    assert.equal(new TextDecoder().decode((await ask("/moved"))!.bytes), "hello");
    assert.equal((await ask("/moved"))!.url.pathname, "/here");
    assert.equal(await ask("/nothing"), undefined);
    assert.match(await codeOf(ask("/round")), /^UPGRADE_DOWNLOAD: .*redirects more than 5 times/);
    assert.match(await codeOf(ask("/out")), /^UPGRADE_URL: .*not HTTPS/);
    assert.match(await codeOf(ask("/file")), /^UPGRADE_URL/);
    assert.match(await codeOf(ask("/broken")), /^UPGRADE_DOWNLOAD/);
    assert.match(await codeOf(ask("/fault")), /it answers 500/);
  });
});

Deno.test("what is too large is not read to its end", async () => {
  await withServer(
    () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) }),
      ),
    async (origin) => {
      const rules = { private: true, maxBytes: 5000, signal };
      assert.match(await codeOf(fetchSmall(new URL(origin), rules)), /it is over 5/);
    },
  );
});

Deno.test("a connection that dies in the middle leaves nothing of the file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "fazt-download-" });
  try {
    await withDyingServer(
      async (origin) => {
        const to = `${folder}/fazt.new`;
        const candidate = {
          fileUrl: new URL(origin),
          file: { size: 5000, sha256: "0".repeat(64) },
        } as unknown as Candidate;
        const task = { candidate, to, rules: { private: true }, maxMb: 1, signal, tell() {} };
        assert.match(
          await codeOf(download(task)),
          /^UPGRADE_DOWNLOAD: .*it ends after 1000 of 5000/,
        );
        assert.deepEqual([...Deno.readDirSync(folder)], []);
        const large = { ...candidate, file: { ...candidate.file, size: 2 ** 21 } };
        assert.match(await codeOf(download({ ...task, candidate: large })), /^TOO_LARGE/);
      },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
