import assert from "node:assert/strict";
import type { FaztError } from "../lib/fazt_error.ts";
import type { Caller } from "../syscall/mod.ts";
import { checkCall, readCapabilities } from "./capabilities.ts";

const read = (wanted: string, ...held: string[]) => {
  try {
    return readCapabilities([wanted], { held: new Set(held), appName: "maker" });
  } catch (error) {
    return (error as FaztError).code;
  }
};
const REFUSED = "SANDBOX_PERMISSION";

Deno.test("code is given what its app holds, or less, and nothing else", () => {
  const cases: [string, string[], boolean][] = [
    ["storage:kv", ["storage:kv"], true],
    ["storage:kv", ["storage:ds"], false],
    ["storage:kv", [], false],
    ["net:fetch", ["net:fetch"], true],
    ["net:fetch", ["net:fetch:a.example"], false],
    ["net:fetch:a.example", ["net:fetch"], true],
    ["net:fetch:a.example", ["net:fetch:a.example"], true],
    ["net:fetch:a.example:8443", ["net:fetch:a.example"], true],
    ["net:fetch:a.example", ["net:fetch:a.example:8443"], false],
    ["net:fetch:a.example:443", ["net:fetch:a.example:8443"], false],
    ["net:fetch:a.example", ["net:fetch:*.example"], true],
    ["net:fetch:a.b.example", ["net:fetch:*.example"], true],
    ["net:fetch:*.b.example", ["net:fetch:*.example"], true],
    ["net:fetch:*.example", ["net:fetch:*.b.example"], false],
    ["net:fetch:*.example", ["net:fetch:x.example"], false],
    ["net:fetch:example", ["net:fetch:*.example"], false],
    ["net:fetch:evil-example", ["net:fetch:*.example"], false],
    ["net:direct:a.example", ["net:direct:a.example"], false],
    ["fs:read:/srv", ["fs:read:/srv"], false],
    ["sys:hostname", ["sys:hostname"], false],
    ["events:subscribe:app.x.*", ["events:subscribe:app.x.*"], false],
    ["email", ["email"], true],
    ["run", ["run"], false],
    ["nonsense", ["nonsense"], false],
  ];
  for (const [wanted, held, allowed] of cases) {
    assert.deepEqual(read(wanted, ...held), allowed ? [wanted] : REFUSED, `${wanted} of ${held}`);
  }
});

Deno.test("without a capability no syscall is open, also none that every app may make", () => {
  const call = (name: string, grant: string | undefined, ...grants: string[]) => {
    const caller: Caller = {
      appId: "app_1",
      appName: "maker",
      grants: new Set(grants),
      requestId: undefined,
      userId: undefined,
    };
    try {
      checkCall(caller, { name, grant, run: () => undefined });
      return "open";
    } catch (error) {
      return (error as FaztError).code;
    }
  };
  assert.equal(call("kv.get", "storage:kv"), "PERMISSION");
  assert.equal(call("kv.get", "storage:kv", "storage:kv"), "open");
  assert.equal(call("net.fetch", undefined), "PERMISSION");
  assert.equal(call("net.fetch", undefined, "net:fetch:a.example"), "open");
  assert.equal(call("net.logs", undefined, "net:fetch"), "PERMISSION");
  for (const name of ["schedule.enqueue", "events.emit", "rate.check", "sandbox.exec"]) {
    assert.equal(call(name, undefined, "storage:kv", "net:fetch"), "PERMISSION", name);
  }
});
