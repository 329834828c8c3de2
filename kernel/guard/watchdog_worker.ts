// The watchdog: a thread of its own that sees memory and the kernel's event loop whatever the
// kernel does, and that ends isolates itself when the kernel is too busy to.
import { RunningApps } from "./running_apps.ts";
import { VitalSigns } from "./vital_signs.ts";
import type { ToWatchdog } from "./watchdog.ts";

/** Between two looks, ms. */
const LOOK_MS = 50;
/** The kernel's thread is given this long to act on memory, ms. */
const PATIENCE_MS = 300;
/** Past this part of the limit the watchdog acts for a kernel that does not turn. */
const HARD = 1.2;

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<ToWatchdog>) => void) | null;
  postMessage(message: "memory"): void;
};
const realms = new Set<MessagePort>();
let signs: VitalSigns | undefined;
let beats = 0;
let turnedAt = performance.now();
let toldAt = 0;

let apps: RunningApps | undefined;
let record: Deno.FsFile | undefined;
let recorded = "";

scope.onmessage = ({ data, ports }) => {
  switch (data.kind) {
    case "watch":
      signs = new VitalSigns(data.shared);
      return;
    case "realm":
      return adopt(ports[0]!);
    case "record":
      apps = new RunningApps(data.strikes);
      record = openRecord(data.path);
      return keep();
    case "follow":
      apps?.follow(data.id, {
        appId: data.appId,
        vital: new Int32Array(data.vital),
        now: performance.now(),
      });
      // What is loaded may end the process before the next look.
      return keep();
    case "ended":
      return apps?.ended(data.id, performance.now());
    case "forgive":
      return apps?.forgive(data.appId);
  }
};

function adopt(port: MessagePort): void {
  realms.add(port);
  // A realm that ends closes its port.
  port.addEventListener("close", () => realms.delete(port));
  port.start();
}

/** A node whose disk takes no file runs without a record of who ran. */
function openRecord(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 });
  } catch {
    return undefined;
  }
}

/** Writes down who runs, where that changed: in one write, which a crash cannot cut in two. */
function keep(): void {
  if (apps === undefined || record === undefined) return;
  const text = JSON.stringify(apps.look(performance.now()));
  if (text === recorded) return;
  recorded = text;
  try {
    record.seekSync(0, Deno.SeekMode.Start);
    record.writeSync(new TextEncoder().encode(`${text}\n`));
  } catch {
    // A full disk must not end the watchdog; what stands there is a moment old.
  }
}

function look(vital: VitalSigns): void {
  const now = performance.now();
  const resident = Deno.memoryUsage().rss;
  vital.residentBytes = resident;
  if (vital.beats !== beats) {
    beats = vital.beats;
    turnedAt = now;
  }
  vital.lagMs = now - turnedAt;
  if (resident <= vital.limitBytes) return;
  if (now - toldAt > LOOK_MS * 2) {
    toldAt = now;
    scope.postMessage("memory");
  }
  if (now - turnedAt > PATIENCE_MS && resident > vital.limitBytes * HARD) {
    turnedAt = now;
    for (const port of realms) port.postMessage("shed");
  }
}

setInterval(() => {
  if (signs !== undefined) look(signs);
  keep();
}, LOOK_MS);
