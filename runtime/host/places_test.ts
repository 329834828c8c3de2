import assert from "node:assert/strict";
import { Places, type Tenant } from "./places.ts";

/** An app with isolates that do what a test tells it. */
class Fake implements Tenant {
  isolates = 0;
  idle = 0;
  leaving = 0;
  wants = true;
  heavy = false;

  constructor(readonly name: string, private readonly places: Places) {}

  start(): boolean {
    if (this.wants) this.isolates++;
    return this.wants;
  }

  yieldIdle(): boolean {
    if (this.idle === 0) return false;
    this.idle--;
    this.leaves();
    return true;
  }

  yieldBusy(): boolean {
    if (this.isolates === this.leaving) return false;
    this.leaving++;
    return true;
  }

  leaves(): void {
    this.isolates--;
    if (this.leaving > 0) this.leaving--;
    this.places.left(this);
  }
}

function town(max: number, names: string, heavyMax = Infinity) {
  const places = new Places(() => max, () => heavyMax);
  const all = [...names].map((name) => new Fake(name, places));
  return { places, all, counts: () => all.map(({ isolates }) => isolates).join("") };
}

Deno.test("one more than there is place for gets that of an idle isolate at once", () => {
  const { places, all: [a, b, c], counts } = town(2, "abc");
  places.ask(a!, false);
  places.ask(b!, false);
  b!.idle = 1;
  places.ask(c!, false);
  assert.equal(counts(), "101");
});

Deno.test("an app with several gives one up, when it has finished, to one that has none", () => {
  const { places, all: [a, b, c], counts } = town(4, "abc");
  for (let i = 0; i < 3; i++) places.ask(a!, i > 0);
  places.ask(b!, false);
  places.ask(c!, false);
  assert.deepEqual([counts(), a!.leaving, b!.leaving, places.waiting], ["310", 1, 0, 1]);
  places.makeRoom();
  assert.equal(a!.leaving, 1, "one that waits needs one place");
  a!.leaves();
  assert.equal(counts(), "211");
});

Deno.test("nobody has to go so that another app has more than one", () => {
  const { places, all: [a, b], counts } = town(2, "ab");
  places.ask(a!, false);
  places.ask(b!, false);
  places.ask(a!, true);
  assert.deepEqual([counts(), b!.leaving, places.waiting], ["11", 0, 0]);
  b!.idle = 1;
  places.ask(a!, true);
  assert.equal(counts(), "20");
});

Deno.test("apps that wait are served in the order they came, each once", () => {
  const { places, all, counts } = town(1, "abcd");
  for (const tenant of all) places.ask(tenant, false);
  places.ask(all[1]!, false);
  const order: string[] = [];
  for (let i = 0; i < 4; i++) {
    const holder = all.find(({ isolates }) => isolates > 0)!;
    order.push(holder.name);
    holder.leaves();
  }
  assert.deepEqual([order.join(""), counts(), places.waiting], ["abcd", "0000", 0]);
});

Deno.test("who does not want the place any more leaves it to the next", () => {
  const { places, all: [a, b, c], counts } = town(1, "abc");
  places.ask(a!, false);
  places.ask(b!, false);
  places.ask(c!, false);
  b!.wants = false;
  a!.leaves();
  assert.equal(counts(), "001");
});

Deno.test("an app that never lets go loses its place after its turn", async () => {
  const { places, all: [a, b] } = town(1, "ab");
  places.ask(a!, false);
  places.ask(b!, false);
  assert.equal(a!.leaving, 0, "it has just come");
  const deadline = performance.now() + 10_000;
  while (a!.leaving === 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    places.makeRoom();
  }
  a!.leaves();
  assert.equal(b!.isolates, 1);
});

Deno.test("heavy apps get places one after the other, and others do not wait for them", () => {
  const { places, all: [a, b, c, d], counts } = town(8, "abcd", 1);
  a!.heavy = b!.heavy = c!.heavy = true;
  places.ask(a!, false);
  places.ask(b!, false);
  places.ask(c!, false);
  places.ask(d!, false);
  assert.equal(counts(), "1001");
  // One more is nothing to wait for.
  places.ask(a!, true);
  assert.equal(counts(), "1001");
  a!.leaves();
  assert.equal(counts(), "0101");
  b!.idle = 1;
  places.makeRoom();
  assert.equal(counts(), "0011");
});

Deno.test("who is heavy no more waits no longer", () => {
  const { places, all: [a, b], counts } = town(8, "ab", 1);
  a!.heavy = b!.heavy = true;
  places.ask(a!, false);
  places.ask(b!, false);
  b!.heavy = false;
  places.makeRoom();
  assert.equal(counts(), "11");
});
