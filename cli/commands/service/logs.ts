import { defineCommand } from "../../command.ts";
import { readCount } from "../../read_count.ts";
import { scopeWords } from "../../service/plan.ts";
import { needInstalled, scopeOf } from "../../service/scope.ts";
import { spawn } from "../../service/spawn.ts";
import { UNIT } from "../../service/unit.ts";

/** `fazt service logs`. */
export const command = defineCommand({
  name: "service logs",
  summary: "Show what the node wrote to the journal",
  group: "node",
  local: "it asks systemd of this machine",
  flags: {
    "user-unit": "the service of yours",
    limit: "lines (default 100)",
    follow: "go on with what comes",
  },
  examples: ["service logs -n 50", "service logs -f"],
  stopsItself: true,
  async run({ flags, io, out, signal }) {
    const scope = scopeOf(flags, io.env);
    needInstalled(scope, io.env);
    const lines = String(readCount(flags.limit, "a number of lines") ?? 100);
    const args = [
      ...[...scopeWords(scope), "--unit", UNIT, "--no-pager", "--lines", lines],
      ...["--output", "short-iso"],
    ];
    if (!flags.follow) {
      const { stdout } = await spawn(["journalctl", ...args]);
      const text = stdout.trimEnd().split("\n");
      return out.result({ lines: text }, () => text);
    }
    // Whether it is there at all is said before anything is followed.
    await spawn(["journalctl", "--version"]);
    const child = new Deno.Command("journalctl", {
      args: [...args, "--follow"],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
    let rest = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop()!;
      for (const line of parts) out.item({ line }, () => [line]);
    }
    await child.status;
  },
});
