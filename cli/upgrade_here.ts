import { dirname, resolve } from "node:path";
import { existsSync } from "node:fs";
import type { SettingKey } from "../kernel/config/mod.ts";
import { Connection, lockFile, schemaLevel, snapshotDatabase } from "../kernel/db/mod.ts";
import { FaztError, toFaztError } from "../kernel/lib/fazt_error.ts";
import {
  discard,
  download,
  type Executable,
  findRelease,
  install,
  judgeRelease,
  lockExecutable,
  type Offer,
  offerOf,
  parseKeys,
  rehearse,
  stagedPath,
  stagePrevious,
  versionOf,
} from "../kernel/upgrade/mod.ts";
import type { Context } from "./context.ts";
import { readDatabase } from "./local_database.ts";
import { localSetting } from "./local_setting.ts";
import { ownExecutable } from "./program.ts";
import type { Upgraded, UpgradeInput } from "./upgrade_node.ts";
import { RELEASE_KEYS, VERSION } from "./version.ts";

/** Upgrades of this very executable, while no node runs on the local database. */
export function upgradeHere(ctx: Context): {
  check(input: UpgradeInput): Promise<Offer>;
  run(input: UpgradeInput): Promise<Upgraded>;
} {
  const { dbPath, io, out, signal } = ctx;
  const env = Object.fromEntries(
    Object.entries(io.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const setting = <K extends SettingKey>(key: K) => localSetting(ctx, key);
  const find = (input: UpgradeInput, executable: Executable | undefined) => {
    const url = input.url ?? setting("upgrade.url");
    if (url === "") {
      throw new FaztError("UPGRADE_URL", "Cannot upgrade: no address of releases is set", {
        hint: "fazt upgrade URL, or fazt config set upgrade.url URL",
      });
    }
    return findRelease({
      url,
      rules: { private: true },
      keys: [...RELEASE_KEYS, ...parseKeys(setting("upgrade.key")), ...parseKeys(input.key ?? "")],
      allowUnsigned: input.allowUnsigned ?? false,
      target: Deno.build.target,
      kind: executable?.kind ?? "portable",
      signal,
    });
  };
  const standing = () => ({ version: VERSION, level: levelOf(dbPath) });
  return {
    async check(input) {
      const candidate = await find(input, ownExecutable(io.env));
      return offerOf(candidate, standing(), input.rollback === true);
    },
    async run(input) {
      const executable = ownExecutable(io.env);
      if (executable === undefined) {
        throw new FaztError("UPGRADE_IMPOSSIBLE", "Cannot upgrade: this is a checkout", {
          hint: "git pull",
          status: 409,
        });
      }
      const lock = await lockExecutable(executable);
      let staged = stagedPath(executable.path);
      try {
        const back = input.rollback === true && input.url === undefined;
        const candidate = back ? undefined : await find(input, executable);
        if (candidate) judgeRelease(candidate.release, standing(), input.rollback === true);
        if (back) staged = await stagePrevious(executable);
        const to = candidate?.release.version ?? await versionOf(staged, env);
        if (candidate) {
          out.message("downloading");
          await download({
            candidate,
            to: staged,
            rules: { private: true },
            maxMb: setting("limits.upgrade.mb"),
            signal,
            tell: () => {},
          });
        }
        out.message("trying it out");
        const folder = dirname(existsSync(dirname(dbPath)) ? dbPath : executable.path);
        const limitMs = setting("upgrade.healthSeconds") * 1000;
        await rehearse({ file: staged, version: to, folder, env, limitMs, signal });
        const snapshot = await snapshotOf(dbPath);
        await install(executable, staged);
        return { from: VERSION, to, ...(snapshot === undefined ? {} : { snapshot }) };
      } catch (error) {
        await discard(staged, executable);
        throw toFaztError(error);
      } finally {
        lock.release();
      }
    },
  };
}

/** Copies a database that no node has open; undefined where there is none. */
async function snapshotOf(dbPath: string): Promise<string | undefined> {
  if (levelOf(dbPath) === undefined) return undefined;
  const path = resolve(dbPath);
  const lock = await lockFile(path);
  try {
    const db = new Connection(path);
    try {
      return snapshotDatabase(db, path);
    } finally {
      db.close();
    }
  } finally {
    lock.release();
  }
}

function levelOf(dbPath: string): number | undefined {
  return readDatabase(dbPath, (db) => schemaLevel(db));
}
