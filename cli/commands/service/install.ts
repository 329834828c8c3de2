import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { defineCommand } from "../../command.ts";
import { styled } from "../../format.ts";
import { ownExecutable } from "../../program.ts";
import { readCount } from "../../read_count.ts";
import { initFlags, SERVER_FLAGS } from "../../server_flags.ts";
import { installPlan } from "../../service/plan.ts";
import { needRoot } from "../../service/scope.ts";
import { spawn } from "../../service/spawn.ts";
import { doStep, stepLine } from "../../service/step.ts";

/** `fazt service install`. */
export const command = defineCommand({
  name: "service install",
  summary: "Let systemd run the node: at boot, confined, started again when it ends",
  group: "node",
  local: "it asks systemd of this machine",
  flags: {
    ...SERVER_FLAGS,
    "user-unit": "a service of yours, without root",
    "run-as": "system user that it runs as, made where there is none (default fazt)",
    memory: "memory past which systemd ends it",
    "dry-run": "only show what would be done",
  },
  examples: [
    "service install --domain example.com --port 80",
    "service install --user-unit",
    "service install --dry-run",
  ],
  async run(ctx) {
    const { flags, io, out, prompt } = ctx;
    const scope = flags["user-unit"] ? "user" : "system";
    const dry = flags["dry-run"] === true;
    const executable = ownExecutable(io.env);
    if (executable === undefined) {
      throw new FaztError("SERVICE", "Cannot install a service from a checkout", {
        hint: "build an executable: deno task compile --portable, then ./dist/fazt service install",
        status: 409,
      });
    }
    if (!dry) needRoot(scope, io.env, "service install");
    const user = flags["run-as"] ?? "fazt";
    const { steps, dbPath, unit } = installPlan({
      scope,
      executable,
      dbPath: flags.db === undefined ? undefined : ctx.dbPath,
      user,
      memoryMb: readCount(flags.memory, "memory, MB"),
      initFlags: await initFlags(flags),
      env: io.env,
      userExists: (await spawn(["id", "-u", user], { tolerant: true })).code === 0,
    });
    if (!dry) {
      await prompt.agree(`Install a ${scope} service that runs the node on ${dbPath}?`);
      for (const step of steps) {
        out.message(stepLine(step));
        await doStep(step);
      }
    }
    out.result({ ok: true, scope, dryRun: dry, db: dbPath, steps }, () => [
      ...(dry ? [...steps.map(stepLine), "", ...unit.trimEnd().split("\n")] : []),
      ...(dry ? [] : [
        [styled("green", `The node runs on ${dbPath}`)],
        "Look at it:      fazt service status",
        `Sign in with:    fazt server set-credentials --db ${dbPath}`,
        `Other commands:  FAZT_DB=${dbPath} fazt …`,
      ]),
    ]);
  },
});
