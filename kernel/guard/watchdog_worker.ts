// The watchdog: a thread of its own that sees memory and the kernel's event loop whatever the
// kernel does, and that ends isolates itself when the kernel is too busy to.
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

scope.onmessage = ({ data, ports }) => {
  if (data.kind === "watch") signs = new VitalSigns(data.shared);
  else {
    const port = ports[0]!;
    realms.add(port);
    // A realm that ends closes its port.
    port.addEventListener("close", () => realms.delete(port));
    port.start();
  }
};

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

setInterval(() => signs && look(signs), LOOK_MS);
