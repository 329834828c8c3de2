import assert from "node:assert/strict";
import { installPlan, uninstallPlan } from "./plan.ts";
import { spawn } from "./spawn.ts";
import { unitText } from "./unit.ts";

const SYSTEM = {
  scope: "system",
  executable: "/var/lib/fazt/bin/fazt",
  dbPath: "/var/lib/fazt/data.db",
  dataDir: "/var/lib/fazt",
  user: "fazt",
  memoryMb: 800,
} as const;

/** What `systemd-analyze verify` minds; undefined where there is none. */
async function verified(text: string, scope: "system" | "user"): Promise<string | undefined> {
  const folder = await Deno.makeTempDir({ prefix: "fazt-unit-" });
  try {
    const path = `${folder}/fazt.service`;
    // It looks whether the program is there.
    await Deno.writeTextFile(path, text.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"));
    const words = scope === "user" ? ["--user"] : [];
    const { code, stderr, stdout } = await spawn(
      ["systemd-analyze", ...words, "verify", "--man=no", "--recursive-errors=no", path],
      { tolerant: true },
    );
    return code === 127 ? undefined : `${stdout}${stderr}`.trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const hasAnalyze = (await spawn(["systemd-analyze", "--version"], { tolerant: true })).code === 0;
const SKIPPED = hasAnalyze ? "" : " (skipped: apt-get install systemd)";

Deno.test({
  name: `systemd finds nothing wrong with the units${SKIPPED}`,
  ignore: !hasAnalyze,
  fn: async () => {
    assert.equal(await verified(unitText(SYSTEM), "system"), "");
    const odd = { ...SYSTEM, dataDir: "/srv/my data/50%", dbPath: "/srv/my data/50%/a $b.db" };
    assert.equal(await verified(unitText(odd), "system"), "");
    // The check is one: it does see what systemd does not know.
    const wrong = unitText(SYSTEM).replace("ProtectSystem=strict", "ProtectSystems=strict");
    assert.match((await verified(wrong, "system"))!, /ProtectSystems/);
  },
});

Deno.test("a system unit confines the node as far as V8 allows", () => {
  const lines = unitText(SYSTEM).split("\n");
  for (
    const line of [
      "User=fazt",
      "NoNewPrivileges=yes",
      "AmbientCapabilities=CAP_NET_BIND_SERVICE",
      "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
      "ProtectSystem=strict",
      "ReadWritePaths=/var/lib/fazt",
      "ProtectHome=yes",
      "Restart=always",
      "MemoryMax=800M",
      "Environment=FAZT_RESTARTED_BY=systemd",
    ]
  ) assert.ok(lines.includes(line), line);
  // V8 writes code and then runs it: with this it would not start.
  assert.ok(!lines.some((line) => line.startsWith("MemoryDenyWriteExecute=")));
});

Deno.test("what systemd reads in a path is written so that it does not", () => {
  const text = unitText({
    ...SYSTEM,
    executable: '/opt/a "b"/fazt',
    dbPath: "/srv/50%/$HOME x.db",
    dataDir: "/srv/50%",
  });
  assert.match(
    text,
    /^ExecStart="\/opt\/a \\"b\\"\/fazt" server start --db "\/srv\/50%%\/\$\$HOME x\.db"$/m,
  );
  assert.match(text, /^WorkingDirectory=\/srv\/50%%$/m);
});

const INPUT = {
  scope: "system",
  executable: { path: "/root/fazt", kind: "portable" },
  dbPath: undefined,
  user: "fazt",
  memoryMb: undefined,
  initFlags: ["--domain", "example.com"],
  env: { HOME: "/root" },
  userExists: false,
} as const;

Deno.test("the node of a system service owns its executable, and nobody else runs that", () => {
  const { steps } = installPlan(INPUT);
  assert.deepEqual(steps[0], {
    do: "run",
    command: [
      ...["useradd", "--system", "--user-group", "--no-create-home"],
      ...["--home-dir", "/var/lib/fazt", "--shell", "/usr/sbin/nologin", "fazt"],
    ],
  });
  assert.deepEqual(steps.find((step) => step.do === "copy"), {
    ...{ do: "copy", from: "/root/fazt", path: "/var/lib/fazt/bin/fazt" },
    ...{ mode: "0700", owner: "fazt" },
  });
  const runs = steps.flatMap((step) => step.do === "run" ? [step.command.join(" ")] : []);
  assert.deepEqual(runs.slice(1), [
    "runuser -u fazt -- env FAZT_CACHE=/var/cache/fazt /var/lib/fazt/bin/fazt server init " +
    "--db /var/lib/fazt/data.db --domain example.com",
    "systemctl daemon-reload",
    "systemctl enable fazt.service",
    "systemctl restart fazt.service",
  ]);
  const again = installPlan({ ...INPUT, userExists: true });
  assert.ok(!again.steps.some((step) => step.do === "run" && step.command[0] === "useradd"));
});

Deno.test("folders that the unit hides, or that are everybody's, are refused", () => {
  for (const folder of ["/home/ann", "/root", "/root/x", "/", "/etc", "/tmp"]) {
    const dbPath = `${folder}/data.db`;
    assert.throws(() => installPlan({ ...INPUT, dbPath }), /Cannot keep the data/, folder);
  }
  assert.throws(() => installPlan({ ...INPUT, user: "a b; rm" }), /as a user/);
  installPlan({ ...INPUT, dbPath: "/srv/fazt/data.db" });
});

Deno.test("removing leaves the data", () => {
  assert.deepEqual(uninstallPlan("user", { HOME: "/home/ann" }), [
    { do: "run", command: ["systemctl", "--user", "disable", "--now", "fazt.service"] },
    { do: "remove", path: "/home/ann/.config/systemd/user/fazt.service" },
    { do: "run", command: ["systemctl", "--user", "daemon-reload"] },
  ]);
});
