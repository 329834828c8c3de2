import assert from "node:assert/strict";
import {
  authorityExtensions,
  certificateRequest,
  exportKey,
  importKey,
  keyToPem,
  makeCertificate,
  newKeyPair,
  readChain,
  SERVER_EXTENSIONS,
} from "./mod.ts";
import { toPem } from "../../lib/pem.ts";

const NOW = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;

/** What OpenSSL says of some PEM, or undefined where there is none. */
async function openssl(args: readonly string[], input: string): Promise<string> {
  const child = new Deno.Command("openssl", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { stdout, stderr } = await child.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

const hasOpenssl = await new Deno.Command("openssl", { args: ["version"] }).output()
  .then(({ success }) => success, () => false);

async function chainOf(names: readonly string[], domains: readonly string[]) {
  const root = await newKeyPair();
  const leaf = await newKeyPair();
  const issuer = { commonName: "Root", keys: root };
  const rootDer = await makeCertificate({
    commonName: "Root",
    names: [],
    publicKey: root.publicKey,
    privateKey: root.privateKey,
    notBefore: NOW - DAY,
    notAfter: NOW + 100 * DAY,
    extensions: authorityExtensions(domains),
  });
  const der = await makeCertificate({
    commonName: "",
    names,
    publicKey: leaf.publicKey,
    issuer,
    notBefore: NOW - DAY,
    notAfter: NOW + 30 * DAY,
    extensions: SERVER_EXTENSIONS,
  });
  const pem = toPem("CERTIFICATE", der);
  return { pem, root: toPem("CERTIFICATE", rootDer), leaf };
}

Deno.test("a chain is read back: names, times, key, and that it hangs together", async () => {
  const { pem, root } = await chainOf(["blog.localhost", "127.0.0.1", "::1"], ["localhost"]);
  const read = readChain(pem + root);
  assert.deepEqual(read.names, ["blog.localhost", "127.0.0.1", "::1"]);
  assert.equal(read.notBefore, NOW - DAY);
  assert.equal(read.notAfter, NOW + 30 * DAY);
  assert.match(read.ariId!, /^[\w-]+\.[\w-]+$/);
  assert.equal(read.linked, true);
  const { root: other } = await chainOf(["x.localhost"], ["localhost"]);
  assert.equal(readChain(pem + other).linked, false);
  assert.throws(() => readChain("nonsense"));
});

Deno.test("a key is the same after it was written down", async () => {
  const keys = await newKeyPair();
  const again = await importKey(await exportKey(keys.privateKey));
  assert.equal(await keyToPem(again.privateKey), await keyToPem(keys.privateKey));
});

Deno.test({
  name: "OpenSSL takes the authority for its own domains and for no others",
  ignore: !hasOpenssl,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      for (const [name, good] of [["blog.localhost", true], ["bank.example", false]] as const) {
        const { pem, root } = await chainOf([name], ["localhost"]);
        await Deno.writeTextFile(`${folder}/root.pem`, root);
        const said = await openssl(
          ["verify", "-attime", String(NOW / 1000), "-CAfile", `${folder}/root.pem`],
          pem,
        );
        assert.equal(/OK/.test(said), good, said);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "OpenSSL reads a request: its names are there and its signature holds",
  ignore: !hasOpenssl,
  async fn() {
    const der = await certificateRequest(
      ["blog.example", "*.example", "192.0.2.7"],
      await newKeyPair(),
    );
    const said = await openssl(
      ["req", "-noout", "-text", "-verify"],
      toPem("CERTIFICATE REQUEST", der),
    );
    assert.match(said, /verify OK/);
    assert.match(said, /DNS:blog\.example, DNS:\*\.example, IP Address:192\.0\.2\.7/);
  },
});
