import { defineCommand } from "../../command.ts";
import { scopeWords } from "../../service/plan.ts";
import { needInstalled, needRoot, scopeOf } from "../../service/scope.ts";
import { spawn } from "../../service/spawn.ts";
import { UNIT } from "../../service/unit.ts";

/** `fazt service start`. */
export const command = defineCommand({
  name: "service start",
  summary: "Start the node that systemd runs",
  group: "node",
  local: "it asks systemd of this machine",
  flags: { "user-unit": "the service of yours" },
  async run({ flags, io, out }) {
    const scope = scopeOf(flags, io.env);
    needInstalled(scope, io.env);
    needRoot(scope, io.env, "service start");
    await spawn(["systemctl", ...scopeWords(scope), "start", `${UNIT}.service`]);
    out.result({ ok: true, scope }, () => ["Started: fazt service status"]);
  },
});
