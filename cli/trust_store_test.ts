import assert from "node:assert/strict";
import { type Machine, runTrustSteps, shown, trustSteps } from "./trust_store.ts";

const machine = (has: readonly string[], os = "linux"): Machine => ({
  os,
  home: "/home/me",
  exists: (path) => has.includes(path),
  has: (program) => has.includes(program),
});
const ROOT = { name: "fazt-ab", file: "/tmp/root.pem", remove: false };
const stepsOf = (has: readonly string[], os?: string, remove = false) =>
  trustSteps(machine(has, os), { ...ROOT, remove }).map(shown);

Deno.test("each kind of machine is made to believe a root in its own way, and to forget it", () => {
  const debian = ["/usr/local/share/ca-certificates", "update-ca-certificates"];
  assert.deepEqual(stepsOf(debian), [
    "write /usr/local/share/ca-certificates/fazt-ab.crt",
    "update-ca-certificates",
  ]);
  assert.deepEqual(stepsOf(debian, "linux", true), [
    "delete /usr/local/share/ca-certificates/fazt-ab.crt",
    "update-ca-certificates",
  ]);
  assert.deepEqual(stepsOf([...debian, "certutil", "/home/me/.pki/nssdb"]).slice(2), [
    "certutil -d sql:/home/me/.pki/nssdb -A -t C,, -n fazt-ab -i /tmp/root.pem",
  ]);
  assert.equal(
    stepsOf(["/etc/pki/ca-trust/source/anchors", "update-ca-trust"])[1],
    "update-ca-trust extract",
  );
  assert.match(stepsOf([], "darwin")[0]!, /^security add-trusted-cert .*login\.keychain-db/);
  assert.match(stepsOf([], "windows")[0]!, /^certutil -user -addstore Root/);
  assert.deepEqual(stepsOf([]), []);
});

Deno.test("a root is written and deleted; a step that fails is named", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/root.crt`;
    await runTrustSteps([{ kind: "write", path }, { kind: "run", command: ["true"] }], "PEM");
    assert.equal(await Deno.readTextFile(path), "PEM");
    await runTrustSteps([{ kind: "delete", path }, { kind: "delete", path }], "PEM");
    await assert.rejects(Deno.stat(path));
    await assert.rejects(runTrustSteps([{ kind: "run", command: ["false"] }], ""), {
      code: "TRUST",
      message: /false failed/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
