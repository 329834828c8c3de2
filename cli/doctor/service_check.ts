import { existsSync } from "node:fs";
import { scopeWords, unitPath } from "../service/plan.ts";
import { scopeOf } from "../service/scope.ts";
import { spawn } from "../service/spawn.ts";
import { UNIT } from "../service/unit.ts";
import { type Check, ok, warn } from "./finding.ts";

/** Where systemd runs the node: it is on, and starts at boot. */
export const serviceCheck: Check = async ({ io }) => {
  if (!io.env.HOME && !existsSync(unitPath("system", io.env))) return none();
  const scope = scopeOf({}, io.env);
  if (!existsSync(unitPath(scope, io.env))) return none();
  const words = ["systemctl", ...scopeWords(scope)];
  const active = await spawn([...words, "is-active", `${UNIT}.service`], { tolerant: true });
  if (active.stdout.trim() !== "active") {
    const about = `the ${scope} service is ${active.stdout.trim() || "not to be asked"}`;
    return warn("service", about, "fazt service logs says why; fazt service start starts it");
  }
  const enabled = await spawn([...words, "is-enabled", `${UNIT}.service`], { tolerant: true });
  if (enabled.stdout.trim() === "enabled") return ok("service", `the ${scope} service runs`);
  const fix = `systemctl ${[...scopeWords(scope), "enable", UNIT].join(" ")}`;
  return warn("service", `the ${scope} service runs, but not after the next boot`, fix);
};

const none = () => ok("service", "no service is installed: fazt service install");
