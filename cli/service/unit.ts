/** What a unit file says. */
export interface UnitOptions {
  /** `system`: of the machine, under a user of its own; `user`: of whoever installs it. */
  readonly scope: "system" | "user";
  readonly executable: string;
  readonly dbPath: string;
  /** Folder of the database. */
  readonly dataDir: string;
  /** The system user; only of a system unit. */
  readonly user: string;
  /** Hard limit, MB; the machine's own without it. */
  readonly memoryMb: number | undefined;
}

/** Name of the unit, without its end. */
export const UNIT = "fazt";

/**
 * A systemd unit (systemd.service(5), systemd.exec(5)). V8 writes machine code at run time, so
 * that MemoryDenyWriteExecute= is out of the question; everything else is closed that the node
 * does not need.
 */
export function unitText(options: UnitOptions): string {
  const { scope, executable, dbPath, dataDir, memoryMb } = options;
  const system = scope === "system";
  return [
    "# Written by fazt service install. What is to differ: systemctl edit fazt",
    "[Unit]",
    "Description=Fazt node",
    ...(system ? ["Wants=network-online.target", "After=network-online.target"] : []),
    "StartLimitIntervalSec=300",
    "StartLimitBurst=20",
    "",
    "[Service]",
    "Type=exec",
    ...(system ? [`User=${options.user}`, `Group=${options.user}`] : []),
    `ExecStart=${quote(executable)} server start --db ${quote(dbPath)}`,
    `WorkingDirectory=${escape(dataDir)}`,
    "Environment=FAZT_RESTARTED_BY=systemd",
    ...(system ? ["Environment=FAZT_CACHE=/var/cache/fazt"] : []),
    "Restart=always",
    "RestartSec=1",
    "# The node lets requests finish, and an upgrade ends what it tries out.",
    "KillMode=mixed",
    "TimeoutStopSec=90",
    "UMask=0077",
    "LimitNOFILE=65536",
    ...(memoryMb === undefined
      ? ["# The node keeps itself below limits.global.memoryMb; a wall behind it: MemoryMax=1G"]
      : [`MemoryMax=${memoryMb}M`]),
    "",
    "# Nothing is gained by a program that escapes from the node.",
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "RestrictNamespaces=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service @pkey",
    "SystemCallErrorNumber=EPERM",
    ...(system ? systemOnly(dataDir) : []),
    "",
    "[Install]",
    `WantedBy=${system ? "multi-user.target" : "default.target"}`,
    "",
  ].join("\n");
}

/** What only a manager with root's rights can do. */
function systemOnly(dataDir: string): string[] {
  return [
    "# Ports below 1024, and no other right of root.",
    "AmbientCapabilities=CAP_NET_BIND_SERVICE",
    "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
    "CacheDirectory=fazt",
    "CacheDirectoryMode=0700",
    "# The machine is read-only but for the data; a folder that an app is granted goes here too.",
    "ProtectSystem=strict",
    `ReadWritePaths=${listed(dataDir)}`,
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectControlGroups=yes",
    "ProtectProc=invisible",
    "RemoveIPC=yes",
  ];
}

/** A path where systemd reads specifiers (systemd.unit(5)). */
function escape(path: string): string {
  return path.replaceAll("%", "%%");
}

/** A path in a list of such. */
function listed(path: string): string {
  const text = escape(path);
  return /[\s"'\\;]/.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : text;
}

/** One word of a command line (systemd.syntax(7)). */
function quote(word: string): string {
  return listed(word).replaceAll("$", "$$$$");
}
