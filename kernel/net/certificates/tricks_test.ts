// Authorities that refuse, lie, hang or ask for more than others.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { FaztError } from "../../lib/fazt_error.ts";
import { AcmeDouble, type AcmeTricks, problem } from "../acme/testing.ts";
import { until } from "../../lib/testing/until.ts";
import { putCertificate } from "./operations.ts";
import { CertificatesFixture } from "./testing.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BLOG = "blog.node.example";

Deno.test("an authority that tricks", async (test) => {
  await using double = await AcmeDouble.start();
  await using t = await CertificatesFixture.open({ directory: double.directory });
  const { certificates, store } = t;
  const { tricks } = double;
  const set = (key: string, value: unknown) => store.settings.set(key, value, store.now);
  /** Orders with some tricks, as if nothing had failed before. */
  const issueWith = async (some: AcmeTricks) => {
    for (const key of Object.keys(tricks)) delete tricks[key as keyof AcmeTricks];
    Object.assign(tricks, some);
    // A name of its own, so that no order is saved by what is kept.
    const name = `n${t.hosts.size}.node.example`;
    t.hosts.set(name, { kind: "app", appId: "app_n" });
    try {
      return await certificates.issue(name);
    } finally {
      for (const key of Object.keys(some)) delete tricks[key as keyof AcmeTricks];
    }
  };

  await test.step("honest, it gives a certificate", async () => {
    assert.equal((await certificates.issue(BLOG)).state, "valid");
  });

  await test.step("a limit is kept: not before the time it names, however short ours would be", async () => {
    const answer = ({ step }: { step: string }) =>
      step === "new-order"
        ? problem("rateLimited", { status: 429, detail: "too many", retryAfter: "7200" })
        : undefined;
    await assert.rejects(issueWith({ answer }), { code: "ACME_RATE_LIMITED", message: /too many/ });
    const waiting = certificates.overview().waiting.at(-1)!;
    assert.ok(waiting.nextAt - waiting.at >= 2 * HOUR_MS);
    const before = double.count("new-order");
    assert.equal(await certificates.certificateFor(waiting.name, []), undefined);
    assert.equal(double.count("new-order"), before, "nothing is asked meanwhile");
  });

  await test.step("a certificate for other names, another key or from nowhere is never served", async () => {
    const served = t.notes.filter(({ type }) => type === "issued").length;
    for (
      const [trick, why] of [
        [
          { names: (names: readonly string[]) => [...names, "bank.example"] },
          /is for bank\.example/,
        ],
        [{ names: () => ["other.example"] }, /is for other\.example, not for/],
        [{ otherKey: true }, /for another key/],
        [{ otherRoot: true }, /does not hang together/],
      ] as const
    ) await assert.rejects(issueWith(trick), { code: "ACME_ANSWER", message: why });
    assert.equal(t.notes.filter(({ type }) => type === "issued").length, served);
  });

  await test.step("a clock that is wrong is named", async () => {
    await assert.rejects(issueWith({ aheadMs: 3 * HOUR_MS }), {
      code: "CLOCK_SKEW",
      message: /clock is 180 minutes behind/,
    });
  });

  await test.step("rubbish is refused with what is wrong", async () => {
    const at = (wanted: string, body: BodyInit, init: ResponseInit = {}) => ({
      answer: ({ step }: { step: string }) =>
        step === wanted ? new Response(body, init) : undefined,
    });
    const json = { headers: { location: "http://127.0.0.1:1/x" }, status: 201 };
    for (
      const trick of [
        at("new-order", "<html>hello</html>", json),
        at("new-order", "{}", json),
        at("new-order", '{"status":"pending","authorizations":[],"finalize":"x"}', { status: 201 }),
        at("order", "null"),
        at("certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        at("certificate", ""),
        at("new-order", "", { status: 302, headers: { location: "http://127.0.0.1/" } }),
        { token: "../../etc/passwd" },
        at(
          "authorization",
          JSON.stringify({
            status: "pending",
            identifier: { type: "dns", value: "bank.example" },
            challenges: [],
          }),
        ),
        at(
          "new-order",
          JSON.stringify({
            status: "pending",
            authorizations: ["ftp://127.0.0.1/x"],
            finalize: "https://x.example/",
          }),
          json,
        ),
      ]
    ) await assert.rejects(issueWith(trick), { code: /^ACME_ANSWER$/ } as object as Error);
  });

  await test.step("words of it reach no terminal as they are", async () => {
    const answer = ({ step }: { step: string }) =>
      step === "new-order"
        ? problem("rejectedIdentifier", { status: 400, detail: "no\u001b[2J\r\n no" })
        : undefined;
    await assert.rejects(issueWith({ answer }), (error: FaztError) => {
      // deno-lint-ignore no-control-regex -- just these
      assert.doesNotMatch(error.message, /[\x00-\x1f]/);
      return error.code === "ACME_REFUSED";
    });
  });

  await test.step("one that hangs does not hold up a handshake", async () => {
    const hang = Promise.withResolvers<Response>();
    await set("acme.waitSeconds", 1);
    Object.assign(tricks, {
      answer: ({ step }: { step: string }) => step === "finalize" ? hang.promise : undefined,
    });
    assert.equal(await certificates.certificateFor("shop.node.example", []), undefined);
    delete tricks.answer;
    hang.resolve(problem("serverInternal", { status: 500 }));
    // The order goes on, and the next visit has its certificate.
    await until(() => t.notes.some(({ name }) => name === "shop.node.example"));
    assert.notEqual(await certificates.certificateFor("shop.node.example", []), undefined);
    await set("acme.waitSeconds", 30);
  });

  await test.step("it says when to renew, and one it revoked is replaced at once", async () => {
    t.aheadMs = 0;
    const end = Date.now() + 50 * DAY_MS;
    Object.assign(tricks, { window: { start: end - DAY_MS, end } });
    await set("acme.email", "owner@node.example");
    await certificates.renew(BLOG);
    await certificates.tick();
    const planned = certificates.info(BLOG);
    assert.equal(planned.renewBy, "ari");
    assert.ok(planned.renewAt >= end - DAY_MS && planned.renewAt <= end);
    // What authorities do with what they revoke: the window is over (RFC 9773 §4.2).
    Object.assign(tricks, { window: { start: Date.now() - 2 * DAY_MS, end: Date.now() - DAY_MS } });
    t.aheadMs = 7 * HOUR_MS;
    await certificates.tick();
    t.aheadMs = 0;
    assert.notEqual(certificates.info(BLOG).serial, planned.serial);
    const order = double.requests.filter(({ step }) => step === "new-order").at(-1)!;
    assert.match(order.payload.replaces, /^[\w-]+\.[\w-]+$/);
    delete tricks.window;
  });

  await test.step("a bare address gets a short-lived certificate, where there are such", async () => {
    await set("acme.addresses", "192.0.2.7 2001:db8::7");
    Object.assign(tricks, { profiles: { classic: "", shortlived: "" }, lifetimeMs: 6 * DAY_MS });
    await set("acme.email", "");
    const served = await certificates.certificateFor(undefined, []);
    const { subjectAltName } = new X509Certificate(served!.cert);
    assert.equal(subjectAltName, "IP Address:192.0.2.7, IP Address:2001:db8::7");
    const order = double.requests.filter(({ step }) => step === "new-order").at(-1)!;
    assert.equal(order.payload.profile, "shortlived");
    assert.deepEqual(order.payload.identifiers[0], { type: "ip", value: "192.0.2.7" });
    await set("acme.profile", "nothing");
    await assert.rejects(certificates.renew(BLOG), { message: /has classic, shortlived/ });
    await set("acme.profile", "");
  });

  await test.step("what cannot be written down is served all the same, and written later", async () => {
    store.db.gate = (operation) => {
      if (operation !== putCertificate) return;
      throw new FaztError("DISK_FULL", "Cannot write: the disk is full");
    };
    const { serial } = await issueWith({});
    const name =
      certificates.attention().find(({ code }) => code === "CERTIFICATE_UNSAVED")!.target;
    const served = await certificates.certificateFor(name, []);
    assert.equal(new X509Certificate(served!.cert).serialNumber.toLowerCase(), serial);
    store.db.gate = () => {};
    await certificates.tick();
    assert.equal(certificates.attention().some(({ target }) => target === name), false);
    const row = store.db.reader.get<{ serial: string }>(
      "SELECT serial FROM certificates WHERE name = ?",
      name,
    );
    assert.equal(row?.serial, serial);
  });

  await test.step("orders are counted, and no more begin than the owner allows", async () => {
    const { hour } = certificates.overview().issuer.budget;
    await set("limits.certificates.ordersPerHour", hour.used);
    const before = double.count("new-order");
    await assert.rejects(issueWith({}), { code: "ACME_BUDGET" });
    assert.equal(double.count("new-order"), before);
    await set("limits.certificates.ordersPerHour", 1000);
  });

  await test.step("the first order goes to the place for trials, and stays there if it fails", async () => {
    await using staging = await AcmeDouble.start();
    await using fresh = await AcmeDouble.start();
    await set("acme.staging", staging.directory);
    await set("acme.directory", fresh.directory);
    Object.assign(staging.tricks, {
      answer: ({ step }: { step: string }) =>
        step === "challenge" ? problem("caa", { status: 403 }) : undefined,
    });
    await assert.rejects(certificates.renew(BLOG), { code: "ACME_REFUSED" });
    assert.equal(fresh.requests.length, 0);
    delete staging.tricks.answer;
    await certificates.renew(BLOG);
    assert.equal(fresh.count("finalize"), 1);
    const trials = staging.count("new-order");
    await certificates.renew(BLOG);
    assert.equal(staging.count("new-order"), trials, "once it went through, no more");
    await set("acme.staging", "off");
  });
});
