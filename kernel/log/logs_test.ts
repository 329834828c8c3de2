import assert from "node:assert/strict";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { type AppLine, AppLog, NODE_LOG } from "./app_log.ts";
import { KernelLog } from "./kernel_log.ts";
import { type FoundLine, Logs } from "./logs.ts";

const DAY = 86_400_000;

function logsOf(t: AppsFixture) {
  const appLog = new AppLog(t.db, t.settings, () => t.now);
  const logs = new Logs({ db: t.db, settings: t.settings, appLog });
  const say = (message: string, more: Partial<AppLine> = {}) =>
    appLog.append({
      appId: "app_a",
      level: "info",
      message,
      requestId: undefined,
      fields: undefined,
      ...more,
    });
  return { appLog, logs, say };
}

const words = ({ items }: { readonly items: readonly FoundLine[] }) =>
  items.map(({ message }) => message).join(" ");

Deno.test(
  "lines of every app and of the node are found by each filter, newest first",
  withApps(async (t) => {
    const { appLog, logs, say } = logsOf(t);
    say("one", { requestId: "req_1" });
    say("two", { appId: "app_b", level: "warn", fields: { Order: 7 } });
    t.now += 1000;
    const kernel = new KernelLog(() => {});
    // Said before anybody kept it.
    kernel.error("three", { requestId: "req_1", fields: { why: "x" } });
    kernel.keepWith((line) =>
      appLog.append({ ...line, appId: NODE_LOG, requestId: line.requestId, fields: line.fields })
    );
    kernel.info("four");
    assert.equal(words(await logs.find({})), "four three two one");
    assert.equal(words(await logs.find({ appId: NODE_LOG })), "four three");
    assert.equal(words(await logs.find({ appId: "app_b" })), "two");
    assert.equal(words(await logs.find({ level: "warn" })), "three two");
    assert.equal(words(await logs.find({ requestId: "req_1" })), "three one");
    assert.equal(words(await logs.find({ since: t.now })), "four three");
    assert.equal(words(await logs.find({ until: t.now })), "two one");
    assert.equal(words(await logs.find({ text: "order" })), "two");
    assert.equal(words(await logs.find({ text: "%" })), "");
    const [node, , , own] = (await logs.find({})).items;
    assert.deepEqual([node!.appId, own!.appId], [undefined, "app_a"]);
  }),
);

Deno.test(
  "pages go on where the last one ended, and an export has every line once",
  withApps(async (t) => {
    const { appLog, logs, say } = logsOf(t);
    for (let n = 0; n < 12_000; n++) {
      say(`${n}`, { appId: n % 2 === 0 ? "app_a" : "app_b" });
      if (n % 1500 === 0) await appLog.flush();
    }
    const seen: string[] = [];
    for await (const page of logs.all({ appId: "app_a" }, 1_000_000)) {
      seen.push(...page.map(({ message }) => message));
    }
    assert.equal(seen.length, 6000);
    assert.equal(new Set(seen).size, 6000);
    assert.deepEqual([seen[0], seen.at(-1)], ["11998", "0"]);
    const some: string[] = [];
    for await (const page of logs.all({}, 1500)) some.push(...page.map(({ message }) => message));
    assert.equal(some.length, 1500);
    const rare = await logs.find({ text: "11" + "999" });
    assert.equal(words(rare), "11999");
  }),
);

Deno.test(
  "stats say how many lines each has, and cleaning up takes what is meant",
  withApps(async (t) => {
    const { logs, say } = logsOf(t);
    assert.deepEqual((await logs.stats()).oldestAt, null);
    say("old debug", { level: "debug" });
    say("old error", { level: "error" });
    t.now += DAY;
    say("new debug", { level: "debug" });
    say("others'", { appId: "app_b", level: "warn" });
    const stats = await logs.stats();
    assert.deepEqual([stats.lines, stats.levels.debug, stats.levels.warn], [4, 2, 1]);
    assert.deepEqual(stats.apps.map(({ appId, lines }) => [appId, lines]), [["app_a", 3], [
      "app_b",
      1,
    ]]);
    assert.equal(stats.oldestAt, t.now - DAY);
    assert.equal(await logs.cleanup({}), 0);
    assert.equal(await logs.cleanup({ level: "info", before: t.now }), 1);
    assert.equal(words(await logs.find({})), "others' new debug old error");
    assert.equal(await logs.cleanup({ appId: "app_b" }), 1);
    assert.equal(await logs.cleanup({ before: t.now }), 1);
    assert.equal(words(await logs.find({})), "new debug");
  }),
);
