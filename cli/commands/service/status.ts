import { defineCommand } from "../../command.ts";
import { EXIT } from "../../exit_code.ts";
import { scopeWords, unitPath } from "../../service/plan.ts";
import { needInstalled, scopeOf } from "../../service/scope.ts";
import { spawn } from "../../service/spawn.ts";
import { UNIT } from "../../service/unit.ts";
import { facts } from "../../table.ts";
import { formatBytes } from "../../../kernel/lib/bytes.ts";

const PROPERTIES = [
  "ActiveState",
  "SubState",
  "UnitFileState",
  "MainPID",
  "NRestarts",
  "ActiveEnterTimestamp",
  "MemoryCurrent",
];

/** `fazt service status`. */
export const command = defineCommand({
  name: "service status",
  summary: "Show how the service is: running, since when, restarts, memory",
  group: "node",
  local: "it asks systemd of this machine",
  flags: { "user-unit": "the service of yours" },
  async run({ flags, io, out }) {
    const scope = scopeOf(flags, io.env);
    needInstalled(scope, io.env);
    const { stdout } = await spawn([
      ...["systemctl", ...scopeWords(scope), "show", `${UNIT}.service`],
      `--property=${PROPERTIES.join(",")}`,
    ]);
    const found = new Map(
      stdout.split("\n").map((line) => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)] as const;
      }),
    );
    const number = (name: string) => {
      const value = Number(found.get(name) || NaN);
      // "[not set]", and 2^64 - 1 for what is not counted.
      return Number.isSafeInteger(value) ? value : null;
    };
    const state = found.get("ActiveState") || "unknown";
    const memory = number("MemoryCurrent");
    const data = {
      scope,
      unit: unitPath(scope, io.env),
      state,
      detail: found.get("SubState") ?? "",
      atBoot: found.get("UnitFileState") === "enabled",
      pid: number("MainPID") || null,
      restarts: number("NRestarts"),
      since: found.get("ActiveEnterTimestamp") || null,
      memory,
    };
    out.result(data, () =>
      facts([
        ["state", `${state} (${data.detail})`],
        ["at boot", data.atBoot ? "yes" : "no"],
        ["process", data.pid],
        ["since", data.since],
        ["restarts", data.restarts],
        ["memory", memory === null ? null : formatBytes(memory)],
        ["unit", data.unit],
      ]));
    return state === "active" ? EXIT.ok : EXIT.failed;
  },
});
