import { defineCommand } from "../../command.ts";
import { uninstallPlan } from "../../service/plan.ts";
import { needInstalled, needRoot, scopeOf } from "../../service/scope.ts";
import { doStep, stepLine } from "../../service/step.ts";

/** `fazt service uninstall`. */
export const command = defineCommand({
  name: "service uninstall",
  summary: "Stop the service and take it from systemd; the data stays",
  group: "node",
  local: "it asks systemd of this machine",
  flags: {
    "user-unit": "the service of yours",
    "dry-run": "only show what would be done",
  },
  async run({ flags, io, out, prompt }) {
    const scope = scopeOf(flags, io.env);
    needInstalled(scope, io.env);
    const dry = flags["dry-run"] === true;
    const steps = uninstallPlan(scope, io.env);
    if (!dry) {
      needRoot(scope, io.env, "service uninstall");
      await prompt.agree(`Stop and remove the ${scope} service?`);
      for (const step of steps) {
        out.message(stepLine(step));
        await doStep(step);
      }
    }
    out.result({ ok: true, scope, dryRun: dry, steps }, () => [
      ...(dry ? steps.map(stepLine) : ["The service is gone"]),
      "Database, backups and the user stay where they are",
    ]);
  },
});
