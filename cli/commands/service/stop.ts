import { defineCommand } from "../../command.ts";
import { scopeWords } from "../../service/plan.ts";
import { needInstalled, needRoot, scopeOf } from "../../service/scope.ts";
import { spawn } from "../../service/spawn.ts";
import { UNIT } from "../../service/unit.ts";

/** `fazt service stop`. */
export const command = defineCommand({
  name: "service stop",
  summary: "Stop the node that systemd runs, until the next boot",
  group: "node",
  local: "it asks systemd of this machine",
  flags: { "user-unit": "the service of yours" },
  async run({ flags, io, out }) {
    const scope = scopeOf(flags, io.env);
    needInstalled(scope, io.env);
    needRoot(scope, io.env, "service stop");
    await spawn(["systemctl", ...scopeWords(scope), "stop", `${UNIT}.service`]);
    out.result({ ok: true, scope }, () => ["Stopped: fazt service start starts it again"]);
  },
});
