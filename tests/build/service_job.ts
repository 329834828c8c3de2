import assert from "node:assert/strict";

/** Answers like systemd's tools and writes down what it was asked. */
const FAKE = `#!/bin/sh
echo "\${0##*/} $*" >> "$LOG"
case "\${0##*/} $*" in
  *show*) printf 'ActiveState=active\\nSubState=running\\nUnitFileState=enabled\\nMainPID=42\\n'
    printf 'NRestarts=1\\nActiveEnterTimestamp=Mon 2026-11-30\\nMemoryCurrent=1048576\\n' ;;
  *journalctl*) printf 'one line\\nanother\\n' ;;
  *fail*) echo "no bus" >&2; exit 1 ;;
esac
`;

/** The service's commands of a built program, against stand-ins of systemd's. */
export async function serviceJob(
  t: Deno.TestContext,
  { top, file, cache }: { readonly top: string; readonly file: string; readonly cache: string },
): Promise<void> {
  const home = `${top}/service-home`;
  const tools = `${top}/tools`;
  const log = `${top}/asked`;
  await Deno.mkdir(home);
  await Deno.mkdir(tools);
  for (const name of ["systemctl", "journalctl", "loginctl"]) {
    await Deno.writeTextFile(`${tools}/${name}`, FAKE, { mode: 0o755 });
  }
  const run = async (args: string[], env: Record<string, string> = {}) => {
    await Deno.writeTextFile(log, "");
    const { code, stdout, stderr } = await new Deno.Command(file, {
      args: ["service", ...args],
      clearEnv: true,
      env: {
        ...{ PATH: `${tools}:/usr/bin:/bin`, HOME: home, LOG: log, FAZT_CACHE: cache },
        ...env,
      },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const asked = (await Deno.readTextFile(log)).trim().split("\n").filter((line) => line !== "");
    return { code, stdout: text(stdout), stderr: text(stderr), asked };
  };
  const unit = `${home}/.config/systemd/user/fazt.service`;

  await t.step("without one, every command says how to get one", async () => {
    for (const verb of ["start", "stop", "status", "logs", "uninstall"]) {
      const ran = await run([verb, "--user-unit", "--yes"]);
      assert.equal(ran.code, 3, verb);
      assert.match(ran.stderr, /fazt service install --user-unit/);
      assert.deepEqual(ran.asked, []);
    }
  });
  await t.step("a dry run shows every step and the unit, and does nothing", async () => {
    const ran = await run(["install", "--dry-run", "--domain", "example.com", "--port", "80"]);
    assert.equal(ran.code, 0, ran.stderr);
    for (
      const line of [
        /^run {5}useradd --system/m,
        /^copy {4}\S+\/fazt to \/var\/lib\/fazt\/bin\/fazt \(0700\)$/m,
        /server init --db \/var\/lib\/fazt\/data\.db --domain example\.com --port 80$/m,
        /^write {3}\/etc\/systemd\/system\/fazt\.service/m,
        /^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m,
      ]
    ) assert.match(ran.stdout, line);
    assert.deepEqual(ran.asked, []);
  });
  await t.step("bad words are refused before anything is done", async () => {
    for (
      const [args, message] of [
        [["--port", "http"], /server\.port/],
        [["--memory", "much"], /as memory, MB/],
        [["--run-as", "a b"], /as a user/],
        [["--db", "/home/ann/data.db"], /hides home directories/],
      ] as const
    ) {
      const ran = await run(["install", "--dry-run", ...args]);
      assert.notEqual(ran.code, 0);
      assert.match(ran.stderr, message);
    }
  });
  await t.step("a service of a user's is installed, told of, and removed again", async () => {
    const installed = await run(["install", "--user-unit", "--yes", "--json", "--port", "8099"]);
    assert.equal(installed.code, 0, installed.stderr);
    assert.equal(JSON.parse(installed.stdout).db, `${home}/.fazt/data.db`);
    assert.deepEqual(installed.asked, [
      "systemctl --user daemon-reload",
      "systemctl --user enable fazt.service",
      "systemctl --user restart fazt.service",
      "loginctl enable-linger",
    ]);
    const text = await Deno.readTextFile(unit);
    assert.match(text, new RegExp(`^ExecStart=${file} server start --db ${home}/`, "m"));
    assert.ok(Deno.statSync(`${home}/.fazt/data.db`).isFile, "it was set up with its port");
    const status = await run(["status", "--json"]);
    assert.equal(status.code, 0, status.stderr);
    const { state, atBoot, pid, restarts, memory, scope } = JSON.parse(status.stdout);
    assert.deepEqual([state, atBoot, pid, restarts, memory, scope], [
      ...["active", true, 42, 1, 1048576, "user"],
    ]);
    const logs = await run(["logs", "-n", "5", "--json"]);
    assert.deepEqual(JSON.parse(logs.stdout).lines, ["one line", "another"]);
    assert.match(logs.asked[0]!, /^journalctl --user --unit fazt --no-pager --lines 5/);
    for (const verb of ["stop", "start"]) {
      assert.deepEqual((await run([verb])).asked, [`systemctl --user ${verb} fazt.service`]);
    }
    const gone = await run(["uninstall", "--yes"]);
    assert.equal(gone.code, 0, gone.stderr);
    assert.deepEqual(gone.asked, [
      "systemctl --user disable --now fazt.service",
      "systemctl --user daemon-reload",
    ]);
    assert.throws(() => Deno.statSync(unit), Deno.errors.NotFound);
    assert.ok(Deno.statSync(`${home}/.fazt/data.db`).isFile, "the data stays");
  });
  await t.step("a package's files are laid out below DESTDIR, and nothing is run", async () => {
    const root = `${top}/package`;
    const ran = await run(["install", "--yes"], { DESTDIR: root });
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(ran.asked, []);
    assert.match(
      await Deno.readTextFile(`${root}/etc/systemd/system/fazt.service`),
      /^ExecStart=\/var\/lib\/fazt\/bin\/fazt server start/m,
    );
    assert.equal(Deno.statSync(`${root}/var/lib/fazt/bin/fazt`).mode! & 0o777, 0o700);
  });
  await t.step("a machine without systemd is told what else there is", async () => {
    await Deno.remove(`${tools}/systemctl`);
    // Deno searches PATH itself: of this machine only what the file needs is left.
    const path = `${top}/few`;
    await Deno.mkdir(path);
    for (const name of ["sh", "id", "mkdir", "cut", "gzip", "tar", "tail", "mktemp", "mv", "rm"]) {
      const found = ["/usr/bin", "/bin"].map((dir) => `${dir}/${name}`).find((one) => {
        try {
          return Deno.statSync(one).isFile;
        } catch {
          return false;
        }
      });
      if (found) await Deno.symlink(found, `${path}/${name}`);
    }
    const ran = await run(["install", "--user-unit", "--yes"], { PATH: path });
    assert.equal(ran.code, 3);
    assert.match(ran.stderr, /this machine has no systemctl/);
    assert.match(ran.stderr, /container, Termux/);
  });
}
