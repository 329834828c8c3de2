import assert from "node:assert/strict";
import { cronFault } from "./cron_schedule.ts";

Deno.test("schedules of five fields are accepted", () => {
  for (
    const text of [
      "* * * * *",
      "*/5 * * * *",
      "0 0 1 1 0",
      "0,30 9-17 * * mon-fri",
      "15 3 1-7/2 JAN-MAR sun",
      "@daily",
      "59 23 31 12 7",
    ]
  ) assert.equal(cronFault(text), undefined, text);
});

Deno.test("a wrong field is named", () => {
  assert.match(cronFault("60 * * * *")!, /^minute: .*0-59/);
  assert.match(cronFault("* 24 * * *")!, /^hour:/);
  assert.match(cronFault("* * 0 * *")!, /^day of month:/);
  assert.match(cronFault("* * * foo *")!, /^month:/);
  assert.match(cronFault("* * * * 8")!, /^day of week:/);
  assert.match(cronFault("30-10 * * * *")!, /backwards/);
  assert.match(cronFault("*/0 * * * *")!, /step of 0/);
});

Deno.test("schedules that could fire more often than once a minute are refused", () => {
  assert.match(cronFault("*/10 * * * * *")!, /seconds/);
  assert.ok(cronFault("@every 1s"));
  assert.ok(cronFault(""));
});

Deno.test("days that never come are refused, those that seldom do are not", () => {
  for (const text of ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *"]) {
    assert.match(cronFault(text)!, /no such day ever comes/, text);
  }
  // A day of the week is an alternative to the day of the month (POSIX).
  for (const text of ["0 0 29 2 *", "0 0 31 2 1"]) assert.equal(cronFault(text), undefined, text);
});

Deno.test("a step from a number is refused, its meaning differs between crons", () => {
  assert.match(cronFault("5/10 * * * *")!, /5\/10/);
});
