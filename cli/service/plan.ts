import { dirname, resolve } from "node:path";
import { FaztError } from "../../kernel/lib/fazt_error.ts";
import type { Executable } from "../../kernel/upgrade/mod.ts";
import { usageError } from "../usage_error.ts";
import type { Step } from "./step.ts";
import { UNIT, unitText } from "./unit.ts";

/** Where a service belongs. */
export type Scope = "system" | "user";

/** What an installation is made from. */
export interface InstallInput {
  readonly scope: Scope;
  readonly executable: Executable;
  /** Said with --db. */
  readonly dbPath: string | undefined;
  readonly user: string;
  readonly memoryMb: number | undefined;
  /** Flags of server init: what the new node begins with. */
  readonly initFlags: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether there is such a system user already. */
  readonly userExists: boolean;
}

/** Where a scope's unit file is. @throws {FaztError} `USAGE` without a home directory. */
export function unitPath(
  scope: Scope,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (scope === "system") return `${env.DESTDIR ?? ""}/etc/systemd/system/${UNIT}.service`;
  const home = env.HOME;
  if (!home) throw usageError("Cannot find your units: there is no HOME", "set HOME");
  return `${env.XDG_CONFIG_HOME || `${home}/.config`}/systemd/user/${UNIT}.service`;
}

/** The words that make systemctl and journalctl speak of a scope. */
export const scopeWords = (scope: Scope): readonly string[] => scope === "user" ? ["--user"] : [];

/** What installing does, in order. @throws {FaztError} `USAGE` for what cannot work. */
export function installPlan(input: InstallInput): { steps: Step[]; dbPath: string; unit: string } {
  const { scope, executable, user, memoryMb, initFlags, env } = input;
  const system = scope === "system";
  const root = env.DESTDIR ?? "";
  const usual = system ? "/var/lib/fazt/data.db" : `${env.HOME}/.fazt/data.db`;
  const dbPath = resolve(input.dbPath ?? usual);
  const dataDir = dirname(dbPath);
  if (system) refuseHidden(dataDir);
  if (!/^[a-z_][a-z0-9_-]{0,30}$/.test(user)) {
    throw usageError(`Cannot use "${user}" as a user`, "write a name such as fazt");
  }
  // A node that upgrades itself writes its executable: one of its own, that nobody else runs.
  const program = system ? `${dataDir}/bin/fazt` : executable.path;
  const unit = unitText({ scope, executable: program, dbPath, dataDir, user, memoryMb });
  const owner = system && root === "" ? { owner: user } : {};
  const ctl = (...words: string[]): Step => ({
    do: "run",
    command: ["systemctl", ...scopeWords(scope), ...words],
  });
  const newUser: Step[] = system && !input.userExists && root === ""
    ? [{
      do: "run",
      command: [
        ...["useradd", "--system", "--user-group", "--no-create-home"],
        ...["--home-dir", dataDir, "--shell", "/usr/sbin/nologin", user],
      ],
    }]
    : [];
  const path = unitPath(scope, env);
  const cache = "/var/cache/fazt";
  const begin = [program, "server", "init", "--db", dbPath, ...initFlags];
  const init: Step = {
    do: "run",
    command: system ? ["runuser", "-u", user, "--", "env", `FAZT_CACHE=${cache}`, ...begin] : begin,
  };
  return {
    dbPath,
    unit,
    steps: [
      ...newUser,
      { do: "folder", path: root + dataDir, mode: "0700", ...owner },
      ...(system
        ? [
          { do: "folder", path: `${root}${dataDir}/bin`, mode: "0700", ...owner },
          {
            do: "copy",
            from: executable.path,
            path: root + program,
            mode: "0700",
            ...owner,
          },
        ] satisfies Step[]
        : []),
      ...(system && root === ""
        ? [{ do: "folder", path: cache, mode: "0700", ...owner } satisfies Step]
        : []),
      ...(initFlags.length > 0 && root === "" ? [init] : []),
      { do: "folder", path: dirname(path), mode: "0755" },
      { do: "write", path, mode: "0644", text: unit },
      // A package's files are started where they are unpacked.
      ...(root === "" ? [ctl("daemon-reload"), ctl("enable", `${UNIT}.service`)] : []),
      ...(root === "" ? [ctl("restart", `${UNIT}.service`)] : []),
      // A user's services end with their last session unless they linger.
      ...(system
        ? []
        : [{ do: "run", command: ["loginctl", "enable-linger"], optional: true } as const]),
    ],
  };
}

/** What removing does; the data stays. */
export function uninstallPlan(
  scope: Scope,
  env: Readonly<Record<string, string | undefined>>,
): Step[] {
  const words = scopeWords(scope);
  return [
    { do: "run", command: ["systemctl", ...words, "disable", "--now", `${UNIT}.service`] },
    { do: "remove", path: unitPath(scope, env) },
    { do: "run", command: ["systemctl", ...words, "daemon-reload"] },
  ];
}

/** The unit hides these from the node, or nobody may make them its own. */
function refuseHidden(dataDir: string): void {
  const hidden = /^\/(?:home|root|run\/user)(?:\/|$)/.test(dataDir);
  const shared = /^\/(?:etc|usr|bin|sbin|lib\w*|boot|dev|proc|sys|tmp|var\/tmp|var|srv|opt)?$/;
  if (!hidden && !shared.test(dataDir)) return;
  throw new FaztError(
    "USAGE",
    `Cannot keep the data of a system service in ${dataDir}: ` +
      (hidden ? "the unit hides home directories" : "it belongs to the whole machine"),
    { hint: "use a folder of its own: --db /var/lib/fazt/data.db; or --user-unit", status: 400 },
  );
}
