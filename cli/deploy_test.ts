import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cidOf } from "../kernel/fs/mod.ts";
import { main } from "./main.ts";
import { FakeIo } from "./testing/fake_io.ts";
import { anApp, errorAnswer, FakeNode, jsonOf, type Seen } from "./testing/fake_node.ts";
import { inFolder } from "./testing/temp_folder.ts";

interface Request {
  readonly name?: string;
  readonly message?: string;
  readonly approve?: boolean;
  readonly files: readonly { readonly path: string; readonly cid: string; readonly size: number }[];
}

/** The part of a node that takes deploys. */
class Receiver {
  readonly blobs = new Map<string, Uint8Array>();
  readonly deploys: Request[] = [];
  grants = { approved: ["storage:kv"], pending: [] as string[] };
  /** Runs before each upload. */
  onUpload: (seen: Seen) => Response | undefined = () => undefined;

  readonly answers = {
    "POST /api/deploy": (seen: Seen) => this.#deploy(seen),
    PUT: (seen: Seen) => this.#upload(seen),
  };

  #upload(seen: Seen): Response {
    const cid = seen.path.slice("/api/blobs/".length);
    const refused = this.onUpload(seen);
    if (refused) return refused;
    if (cidOf(seen.body) !== cid) return errorAnswer(422, "CID_MISMATCH", "Not that content");
    this.blobs.set(cid, seen.body);
    return Response.json({ data: { cid, size: seen.body.length } });
  }

  #deploy(seen: Seen): Response {
    if (seen.type?.startsWith("multipart/form-data")) return this.#done({ files: [] });
    const request = jsonOf<Request>(seen);
    const missing = request.files.map((f) => f.cid).filter((cid) => !this.blobs.has(cid));
    if (missing.length > 0) return Response.json({ data: { missing } });
    return this.#done(request);
  }

  #done(request: Request): Response {
    this.deploys.push(request);
    const n = this.deploys.length;
    return Response.json({
      data: {
        app: anApp({ revision: n }),
        revision: { n, files: request.files.length, size: 10 },
        url: "http://blog.localhost:8080",
        created: n === 1,
        unchanged: false,
        ms: 12,
        ...n > 1 ? { previous: n - 1 } : {},
        files: request.files.length,
        size: 10,
        warnings: ["a warning of the node"],
        grants: this.grants,
      },
    }, { status: 201 });
  }
}

const SITE = {
  "index.html": "<h1>hi</h1>",
  "copy.html": "<h1>hi</h1>",
  ".well-known/x.txt": "x",
  "ünï cödé.txt": "u",
  ".env": "SECRET=1",
};

Deno.test("app deploy sends what the node lacks, once, and prints the way back", async () => {
  const receiver = new Receiver();
  await using node = new FakeNode(receiver.answers);
  await inFolder(SITE, async (folder) => {
    const first = await node.run(["app", "deploy", folder, "--name", "blog", "-m", "first"]);
    assert.equal(first.code, 0, first.err);
    assert.match(first.out, /^Created blog at http:\/\/blog\.localhost:8080\n/);
    assert.match(first.out, /3 uploads of 13 B/);
    assert.doesNotMatch(first.out, /rollback/);
    assert.match(first.err, /warning: a warning of the node/);
    assert.equal(receiver.blobs.size, 3);
    const [sent] = receiver.deploys;
    assert.equal(sent!.name, "blog");
    assert.equal(sent!.message, "first");
    assert.equal(sent!.approve, undefined);
    assert.deepEqual(sent!.files.map((file) => file.path), [
      ".well-known/x.txt",
      "copy.html",
      "index.html",
      "ünï cödé.txt",
    ]);

    writeFileSync(join(folder, "index.html"), "<h1>new</h1>");
    const second = await node.run(["deploy", ".", "--json"], { cwd: folder });
    assert.equal(second.code, 0, second.err);
    const data = second.io.json<{ uploads: number; uploaded: number; previous: number }>();
    assert.deepEqual([data.uploads, data.uploaded, data.previous], [1, 12, 1]);
    const third = await node.run(["deploy", folder]);
    assert.match(third.out, /nothing to upload/);
    assert.match(third.out, /roll back +fazt app rollback blog 2\n/);
  });
});

Deno.test("app deploy takes the name of the manifest, --name, or the folder", async () => {
  const receiver = new Receiver();
  await using node = new FakeNode(receiver.answers);
  await inFolder({
    "Mein Café/index.html": "x",
    "named/app.json": '{"name": "blog"}',
    "named/index.html": "x",
  }, async (cwd) => {
    await node.run(["deploy", "Mein Café"], { cwd });
    await node.run(["deploy", "named"], { cwd });
    await node.run(["deploy", "named", "--name", "other", "--approve"], { cwd });
    assert.deepEqual(receiver.deploys.map((one) => [one.name, one.approve]), [
      ["mein-cafe", undefined],
      ["blog", undefined],
      ["other", true],
    ]);
  });
});

Deno.test("app deploy shows pending grants with the command that approves them", async () => {
  const receiver = new Receiver();
  receiver.grants = { approved: [], pending: ["net:fetch:a.b"] };
  await using node = new FakeNode(receiver.answers);
  await inFolder({ "index.html": "x" }, async (folder) => {
    const { out } = await node.run(["deploy", folder, "--name", "blog"]);
    assert.match(out, /pending +net:fetch:a\.b\napprove +fazt app grants approve blog/);
  });
});

Deno.test("app deploy streams a big file, and sends once more what a broken connection ate", async () => {
  const receiver = new Receiver();
  let broken = 0;
  receiver.onUpload = () =>
    broken++ > 0
      ? undefined
      : new Response(new ReadableStream({ pull: (controller) => controller.error("cut") }));
  await using node = new FakeNode(receiver.answers);
  const big = new Uint8Array(9 * 1024 * 1024).map((_, i) => i * 7);
  await inFolder({ "video.bin": big }, async (folder) => {
    const { code, err } = await node.run(["deploy", folder, "--name", "blog"]);
    assert.equal(code, 0, err);
    assert.deepEqual(receiver.blobs.get(cidOf(big)), big);
    assert.equal(broken, 2);
  });
});

Deno.test("a file that changes while it is sent is said to have", async () => {
  const receiver = new Receiver();
  await using node = new FakeNode(receiver.answers);
  receiver.onUpload = () => errorAnswer(422, "CID_MISMATCH", "Not that content");
  await inFolder({ "index.html": "x" }, async (folder) => {
    const { code, err } = await node.run(["deploy", folder, "--name", "blog"]);
    assert.equal(code, 1);
    assert.match(err, /index\.html changed while it was sent\nhint: run the command again/);
  });
});

Deno.test("a node that asks for what it was not told of gets nothing", async () => {
  await using node = new FakeNode({
    "POST /api/deploy": { missing: [cidOf(new TextEncoder().encode("/etc/passwd"))] },
  });
  await inFolder({ "index.html": "x" }, async (folder) => {
    const { code, err } = await node.run(["deploy", folder, "--name", "blog"]);
    assert.equal(code, 1);
    assert.match(err, /content it was not told of/);
    assert.deepEqual(node.calls("PUT"), []);
  });
});

Deno.test("an interrupt during a deploy asks for no switch", async () => {
  const receiver = new Receiver();
  await using node = new FakeNode(receiver.answers);
  const io = new FakeIo({ env: { FAZT_DB: node.dbPath } });
  receiver.onUpload = () => {
    io.interrupt();
    return undefined;
  };
  await inFolder({ "index.html": "x", "b.html": "y" }, async (folder) => {
    assert.equal(await main(["deploy", folder, "--name", "blog"], io), 130);
    assert.equal(receiver.deploys.length, 0);
    assert.equal(io.stderr.text, "interrupted\n");
  });
});

Deno.test("a zip goes as it is, with its fields", async () => {
  const receiver = new Receiver();
  let form: FormData | undefined;
  await using node = new FakeNode({
    "POST /api/deploy": async (seen: Seen) => {
      form = await new Response(seen.body.slice(), { headers: { "content-type": seen.type! } })
        .formData();
      return receiver.answers["POST /api/deploy"](seen);
    },
  });
  await inFolder({ "site.zip": "PK-bytes" }, async (cwd) => {
    for (
      const argv of [["deploy", "site.zip"], ["deploy", "--zip", "site.zip", "--name", "blog"]]
    ) {
      const { code, err } = await node.run([...argv, "--approve"], { cwd });
      assert.equal(code, 0, err);
      assert.equal(await (form!.get("file") as File).text(), "PK-bytes");
      assert.equal(form!.get("approve"), "true");
    }
    assert.equal(form!.get("name"), "blog");
    assert.equal((await node.run(["deploy", "none.zip"], { cwd })).code, 3);
  });
});

interface BadRow {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly code: number;
  readonly err: RegExp;
}

const BAD: readonly BadRow[] = [
  { what: "an empty folder", files: {}, code: 1, err: /nothing in it to ship\nhint: put an index/ },
  { what: "only secrets", files: { ".env": "x" }, code: 1, err: /1 entries are left out/ },
  {
    what: "a file",
    files: { "a.html": "x" },
    target: "a.html",
    code: 1,
    err: /it is a file\nhint: /,
  },
  { what: "no folder", files: {}, target: "nope", code: 3, err: /no such folder/ },
  { what: "api/ without main", files: { "api/x.ts": "" }, code: 1, err: /api\/ has no main\.ts/ },
  {
    what: "an unknown key",
    files: { "app.json": '{"name": "a", "permisions": []}', "index.html": "" },
    code: 1,
    err: /permisions.*permissions/,
  },
  {
    what: "broken JSON",
    files: { "app.json": '{"name": "a",\n}', "index.html": "" },
    code: 1,
    err: /line 2, column/,
  },
  {
    what: "a reserved name",
    files: { "app.json": '{"name": "admin"}', "index.html": "" },
    code: 1,
    err: /"admin"/,
  },
];

for (const { what, files, target = ".", code, err } of BAD) {
  Deno.test(`app deploy of ${what} stops before anything is sent`, async () => {
    await using node = new FakeNode(new Receiver().answers);
    await inFolder(files, async (cwd) => {
      for (const verb of ["deploy", "validate"]) {
        const result = await node.run(["app", verb, target], { cwd });
        assert.equal(result.code, code, result.err);
        assert.match(result.err, err);
      }
      assert.deepEqual(node.seen, []);
    });
  });
}

Deno.test("a dry run sends nothing and says what it would", async () => {
  await using node = new FakeNode();
  await inFolder(SITE, async (folder) => {
    const { code, io } = await node.run(["deploy", folder, "--name", "x", "--dry-run", "--json"]);
    assert.equal(code, 0);
    assert.equal(io.json<{ files: unknown[] }>().files.length, 4);
    assert.deepEqual(node.seen, []);
  });
});

Deno.test("deploying the sources of a build warns and names the folder that was meant", async () => {
  const receiver = new Receiver();
  await using node = new FakeNode(receiver.answers);
  const sources = { "package.json": "{}", "vite.config.ts": "", "index.html": "x" };
  const builds = {
    "src": { ...sources },
    "built": { ...sources, ".gitignore": "dist", "dist/index.html": "x" },
    "plain": { "package.json": "{}", "index.html": "x" },
  };
  const files = Object.entries(builds).flatMap(([name, app]) =>
    Object.entries(app).map(([path, text]) => [`${name}/${path}`, text])
  );
  await inFolder(Object.fromEntries(files), async (cwd) => {
    const warned = async (folder: string) => (await node.run(["deploy", folder], { cwd })).err;
    assert.match(await warned("src"), /npm run build, then fazt app deploy .*src\/dist/);
    assert.match(await warned("built"), /not what was built.*fazt app deploy .*built\/dist/);
    assert.doesNotMatch(await warned("plain"), /sources/);
    assert.doesNotMatch(await warned("built/dist"), /sources/);
  });
});

Deno.test("every template makes a folder that validates and deploys", async () => {
  const receiver = new Receiver();
  await using node = new FakeNode(receiver.answers);
  await inFolder({ "taken/x": "" }, async (cwd) => {
    for (const kind of ["static", "api", "tool", "hono", "cron"]) {
      assert.equal(
        (await node.run(["app", "create", `my-${kind}`, "--template", kind], { cwd })).code,
        0,
      );
      const checked = await node.run(["app", "validate", `my-${kind}`, "--json"], { cwd });
      assert.equal(checked.code, 0, checked.err);
      assert.equal(checked.err, "");
      assert.equal(checked.io.json<{ name: string }>().name, `my-${kind}`);
      assert.equal((await node.run(["deploy", `my-${kind}`], { cwd })).code, 0);
    }
    for (
      const [argv, code] of [
        [["taken"], 1],
        [["taken", "--force"], 0],
        [["Bad Name"], 1],
        [["x", "--template", "sttic"], 2],
        [[], 2],
        [["--list"], 0],
      ]
    ) {
      assert.equal((await node.run(["app", "create", ...argv as string[]], { cwd })).code, code);
    }
  });
});
