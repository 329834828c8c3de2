// .build/install.sh: puts in place what a release's key signed, and nothing else.
import assert from "node:assert/strict";
import { writeRelease } from "../../.build/release.ts";
import { makeKeyPair } from "../../kernel/upgrade/mod.ts";
import { ROOT } from "../helpers/mod.ts";

const has = (program: string) =>
  new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" }).outputSync()
    .success;
const missing = ["curl", "openssl"].filter((program) => !has(program));
const SKIPPED = missing.length === 0 ? "" : ` (skipped: apt-get install ${missing.join(" ")})`;
/** Stands in for the product: the script only looks whether it runs. */
const PROGRAM = '#!/bin/sh\n[ "$1" = version ] && echo "fazt 9.9.9"\n';

Deno.test({
  name: `install.sh installs what is signed, whole and for this machine${SKIPPED}`,
  ignore: missing.length > 0,
  fn: async (t) => {
    const top = await Deno.makeTempDir({ prefix: "fazt-install-" });
    const folder = `${top}/release`;
    const dir = `${top}/bin`;
    const instead = new Map<string, () => Response>();
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        const other = instead.get(pathname);
        if (other) return other();
        try {
          return new Response(await Deno.readFile(folder + pathname));
        } catch {
          return new Response(null, { status: 404 });
        }
      },
    );
    const url = `http://127.0.0.1:${server.addr.port}/`;
    const [key, stranger] = await Promise.all([makeKeyPair(), makeKeyPair()]);
    const run = async (args: string[], env: Record<string, string> = {}) => {
      const { code, stdout, stderr } = await new Deno.Command("sh", {
        args: [`${ROOT}.build/install.sh`, ...args],
        env: { HOME: top, ...env },
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    };
    const refused = async (args: string[], message: RegExp, env?: Record<string, string>) => {
      const ran = await run(["--dir", dir, ...args], env);
      assert.equal(ran.code, 1, ran.stdout);
      assert.match(ran.stderr, message);
      const left = await Array.fromAsync(Deno.readDir(dir)).catch(() => []);
      assert.deepEqual(left, [], "nothing is left behind");
    };
    try {
      await Deno.mkdir(folder);
      await Deno.writeTextFile(`${folder}/fazt`, PROGRAM);
      await writeRelease({
        ...{ folder, version: "9.9.9", createdAt: 1, key, notes: 'a "quoted" { note }' },
        files: [
          { path: `${folder}/fazt`, target: "riscv64-unknown-linux-gnu" },
          { path: `${folder}/fazt`, target: Deno.build.target },
        ],
      });
      const signed = [url, "--key", key.publicKey];
      await t.step("what nobody proves, or somebody else", async () => {
        await refused([url], /nobody proves this release/);
        await refused([url, "--key", stranger.publicKey], /not signed with/);
        await refused(["http://example.com/"], /must begin with https/);
        instead.set("/fazt-release.json", () => new Response('{"files":[]}'));
        await refused(signed, /the signature does not match/);
        await refused([url, "--allow-unsigned"], /has no file for/);
        instead.clear();
      });
      await t.step("a file that is cut off or another one", async () => {
        instead.set("/fazt", () => new Response(PROGRAM.slice(0, 20)));
        await refused(signed, /cut off: 20 of \d+ bytes/);
        instead.set("/fazt", () => new Response(PROGRAM.replace("9.9.9", "6.6.6")));
        await refused(signed, /its SHA-256 is not the release's/);
        instead.set("/fazt", () => new Response(null, { status: 404 }));
        await refused(signed, /cannot get .*\/fazt\n/);
        instead.clear();
      });
      await t.step("Termux is told what works there", async () => {
        const env = { PREFIX: "/data/data/com.termux/files/usr" };
        await refused(signed, /proot-distro install debian/, env);
      });
      await t.step("what is proven", async () => {
        const ran = await run(["--dir", dir, ...signed]);
        assert.equal(ran.code, 0, ran.stderr);
        assert.match(ran.stdout, /fazt 9\.9\.9/);
        assert.equal(await Deno.readTextFile(`${dir}/fazt`), PROGRAM);
        assert.equal(Deno.statSync(`${dir}/fazt`).mode! & 0o777, 0o755);
        assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name), ["fazt"]);
        const trusting = await run(["--dir", dir, url, "--allow-unsigned"]);
        assert.equal(trusting.code, 0, trusting.stderr);
      });
    } finally {
      await server.shutdown();
      await Deno.remove(top, { recursive: true });
    }
  },
});
