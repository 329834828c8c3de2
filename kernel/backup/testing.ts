import { Secrets } from "../secrets/mod.ts";
import { type SettingKey, Settings } from "../config/mod.ts";
import { Database, lockFile } from "../db/mod.ts";
import { moduleUrl } from "../lib/module_url.ts";
import { type BackupActivity, Backups } from "./backups.ts";

/** Opens a database as a node does. Tests only. */
export async function openStore(
  { dbPath, flags = {} }: {
    readonly dbPath: string;
    readonly flags?: Partial<Record<SettingKey, unknown>>;
  },
) {
  const worker = (module: string) => () => new Worker(moduleUrl(module), { type: "module" });
  const lock = await lockFile(dbPath);
  const db = await Database.open({
    path: dbPath,
    spawnWriter: worker("kernel/writer.ts"),
    spawnBackground: worker("kernel/background.ts"),
  });
  return { db, lock, settings: Settings.load(db, { flags }) };
}

/** A database with backups of it, in a folder of its own. Tests only. */
export class BackupFixture {
  /** Unix ms; tests move it. */
  now = Date.UTC(2026, 10, 22, 12);
  readonly recorded: BackupActivity[] = [];

  private constructor(
    readonly dir: string,
    readonly store: Awaited<ReturnType<typeof openStore>>,
    readonly secrets: Secrets,
    readonly makeBackups: (f: BackupFixture) => Promise<Backups>,
  ) {}

  backups!: Backups;

  static async make(
    flags: Partial<Record<SettingKey, unknown>> = {},
    environment: Record<string, string> = {},
  ): Promise<BackupFixture> {
    const dir = await Deno.makeTempDir({ prefix: "fazt-backup-" });
    const store = await openStore({
      dbPath: `${dir}/data.db`,
      flags: { "limits.global.diskPercent": 100, ...flags },
    });
    const { db, settings } = store;
    const made: { fixture?: BackupFixture } = {};
    const clock = () => made.fixture?.now ?? 0;
    const secrets = await Secrets.open({ db, clock, environment });
    const fixture = new BackupFixture(dir, store, secrets, (f) =>
      Backups.open({
        ...{ db, settings, clock, secrets, version: "1.0.0" },
        record: (entry) => f.recorded.push(entry),
      }));
    made.fixture = fixture;
    fixture.backups = await fixture.makeBackups(fixture);
    return fixture;
  }

  get folder(): string {
    return `${this.dir}/backups`;
  }

  create(options: Partial<Parameters<Backups["create"]>[0]> = {}) {
    return this.backups.create({ userId: "usr_owner", source: "manual", ...options });
  }

  /** Names in the folder of backups, those of the work folder too. */
  files(): string[] {
    const names = (path: string): string[] => {
      try {
        return [...Deno.readDirSync(path)].flatMap(({ name, isDirectory }) =>
          isDirectory ? names(`${path}/${name}`).map((inner) => `${name}/${inner}`) : [name]
        );
      } catch {
        return [];
      }
    };
    return names(this.folder).sort();
  }

  /** Closes the database, as a node that stops does. */
  async stop(): Promise<void> {
    this.backups.stop();
    await this.store.db.close();
    this.store.lock.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {});
    await Deno.remove(this.dir, { recursive: true });
  }
}
