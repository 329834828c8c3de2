import assert from "node:assert/strict";
import type { ManifestFault } from "./manifest.ts";
import { manifest, withApps } from "./testing.ts";

const handler = "api/main.ts";
const app = (...cron: Record<string, unknown>[]) => ({
  "api/main.ts": "x",
  "app.json": manifest("tool", { cron: cron.map((entry) => ({ handler, ...entry })) }),
});

Deno.test(
  "an app with more cron entries than the owner allows is not deployed",
  withApps(async (t) => {
    await t.settings.set("limits.cron.perApp", 1, 0);
    await t.deploy(app({ schedule: "@daily" }));
    await assert.rejects(
      () => t.deploy(app({ schedule: "@daily" }, { schedule: "@hourly" })),
      (error: { code: string; hint: string; details: ManifestFault[] }) => {
        assert.equal(error.code, "MANIFEST_INVALID");
        assert.match(error.hint, /limits\.cron\.perApp/);
        assert.equal(error.details[0]!.path, "cron");
        return true;
      },
    );
    assert.equal(t.apps.info("tool").revision, 1);
  }),
);

Deno.test(
  "an app whose runs are closer than the owner allows is not deployed",
  withApps(async (t) => {
    await t.settings.set("limits.cron.minMinutes", 15, 0);
    await t.deploy(app({ schedule: "*/15 * * * *" }));
    await assert.rejects(
      () => t.deploy(app({ schedule: "*/15 * * * *" }, { schedule: "0,10 * * * *" })),
      (error: { message: string; details: ManifestFault[] }) => {
        assert.deepEqual(error.details.map(({ path }) => path), ["cron.1.schedule"]);
        assert.match(error.message, /10 min apart, limits\.cron\.minMinutes is 15/);
        return true;
      },
    );
  }),
);

Deno.test(
  "an app that asks for more time or retries than it gets is told so",
  withApps(async (t) => {
    await t.settings.set("limits.cron.minutes", 1, 0);
    await t.settings.set("limits.cron.retries", 1, 0);
    const asks = { schedule: "@daily", timeout: "2m", retry: { attempts: 2 } };
    const { warnings } = await t.deploy(app(asks, { schedule: "@daily", timeout: "1m" }));
    assert.equal(warnings.length, 2);
    assert.match(warnings[0]!, /asks for 2m, limits\.cron\.minutes is 1/);
    assert.match(warnings[1]!, /asks for 2 retries, limits\.cron\.retries is 1/);
  }),
);
