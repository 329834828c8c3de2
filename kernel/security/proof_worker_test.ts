import assert from "node:assert/strict";
import { costsEnough, NOBODYS_HASH } from "./password_hash.ts";
import { ProofWorker } from "./proof_worker.ts";

Deno.test("passwords are hashed with argon2id and salt, and checked, in a worker", async () => {
  const worker = new ProofWorker();
  try {
    const [one, two] = await Promise.all([
      worker.hash("four small words"),
      worker.hash("four small words"),
    ]);
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.notEqual(one, two);
    assert.ok(costsEnough(one) && costsEnough(NOBODYS_HASH));
    assert.equal(await worker.verify("four small words", one), true);
    // Composed or not, the same letters are the same password.
    assert.equal(
      await worker.verify("caf\u00e9 caf\u00e9", await worker.hash("cafe\u0301 cafe\u0301")),
      true,
    );
    assert.equal(await worker.verify("four small word", one), false);
    assert.equal(await worker.verify("", NOBODYS_HASH), false);
    await assert.rejects(worker.verify("x", "no hash"));
    // What broke has not taken the worker with it.
    assert.equal(await worker.verify("four small words", two), true);
  } finally {
    worker.close();
  }
});

Deno.test("who comes when too many wait is sent away, and those who wait are served", async () => {
  const worker = new ProofWorker();
  try {
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () => worker.verify("x", NOBODYS_HASH)),
    );
    const refused = all.filter(({ status }) => status === "rejected");
    assert.equal(refused.length, 4);
    for (const one of refused) assert.equal((one as PromiseRejectedResult).reason.code, "BUSY");
  } finally {
    worker.close();
  }
});
