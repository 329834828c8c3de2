import assert from "node:assert/strict";
import { FaztError } from "../lib/fazt_error.ts";
import { SyscallTable } from "../syscall/mod.ts";
import { eventSyscalls } from "./event_syscalls.ts";
import type { EventPage } from "./event_reads.ts";
import { caller, withEvents } from "./testing.ts";

const code = (expected: string) => (error: unknown) =>
  error instanceof FaztError && error.code === expected;

Deno.test(
  "an app emits and looks up through syscalls, without a grant",
  withEvents(async (fx) => {
    const table = new SyscallTable(eventSyscalls(fx.events));
    fx.sync("shop");
    fx.sync("blog");
    const emitted = await table.call(caller("shop"), "events.emit", {
      type: "order.new",
      data: { n: 1 },
      persist: true,
      ttl: "1h",
    }) as { id: string };
    await table.call(caller("blog"), "events.emit", { type: "post", persist: true });
    const { items } = await table.call(caller("shop"), "events.query", {}) as EventPage;
    assert.deepEqual(items.map(({ id, type }) => [id, type]), [[
      emitted.id,
      "app:shop.order.new",
    ]]);
    assert.equal(items[0]!.expiresAt - items[0]!.at, 3_600_000);
  }),
);

Deno.test(
  "who an app is comes from its channel, whatever the message says",
  withEvents(async (fx) => {
    const table = new SyscallTable(eventSyscalls(fx.events));
    fx.sync("shop");
    fx.sync("blog");
    await fx.emit("shop", "secret", { persist: true });
    const lies = { appId: "app_shop11111111", viewer: "app_shop11111111", appName: "shop" };
    const page = await table.call(caller("blog"), "events.query", lies) as EventPage;
    assert.deepEqual(page.items, []);
    await table.call(caller("blog"), "events.emit", { type: "x", persist: true, ...lies });
    const [newest] = (await fx.events.query()).items;
    assert.equal(newest!.type, "app:blog.x");
  }),
);

Deno.test(
  "the depth of the event being handled comes with the caller",
  withEvents(async (fx) => {
    const table = new SyscallTable(eventSyscalls(fx.events));
    const handling = { ...caller("shop"), eventDepth: 8 };
    await assert.rejects(
      async () => await table.call(handling, "events.emit", { type: "x" }),
      code("EVENTS_LOOP"),
    );
  }),
);

Deno.test(
  "malformed input is refused before anything happens",
  withEvents(async (fx) => {
    const table = new SyscallTable(eventSyscalls(fx.events));
    const inputs: [string, unknown][] = [
      ["events.emit", null],
      ["events.emit", {}],
      ["events.emit", { type: 1 }],
      ["events.emit", { type: "x", delivery: "sometimes" }],
      ["events.emit", { type: "x", persist: "yes" }],
      ["events.query", { limit: 0 }],
      ["events.query", { before: 1.5 }],
      ["events.query", { since: Infinity }],
      ["events.query", { type: "A" }],
    ];
    for (const [name, input] of inputs) {
      await assert.rejects(
        async () => await table.call(caller("shop"), name, input),
        code("INVALID"),
        JSON.stringify(input),
      );
    }
  }),
);
