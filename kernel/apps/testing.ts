import { Database } from "../db/mod.ts";
import { cidOf, Vfs } from "../fs/mod.ts";
import { Settings } from "../config/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { moduleUrl } from "../lib/module_url.ts";
import { HostTable } from "../net/mod.ts";
import { Apps } from "./apps.ts";
import type { BundleInput, Bundler } from "./bundler.ts";
import type { Actor, AppActivity, DeployDone, DeployInput } from "./shapes.ts";

/** The owner, who approves what it deploys. */
export const OWNER: Actor = { userId: "usr_owner", name: "owner", admin: true };
/** A key that may deploy and nothing else. */
export const DEPLOYER: Actor = { userId: "key_deployer", name: "ci", admin: false };

/** A bundler that joins nothing: its module names what it was made of. */
export class FakeBundler implements Bundler {
  readonly calls: BundleInput[] = [];
  /** Awaited inside every build; tests hold a deploy open with it. */
  gate: Promise<void> = Promise.resolve();

  rest(): void {}

  async bundle(input: BundleInput) {
    this.calls.push(input);
    await this.gate;
    const source = new TextDecoder().decode(input.read(input.entry));
    if (source.includes("SYNTAX ERROR")) {
      throw new FaztError("BUNDLE_FAILED", `Cannot build ${input.entry}: it is broken`, {
        status: 422,
        details: [{ message: "it is broken", file: input.entry, line: 1, column: 1 }],
      });
    }
    return { code: `/* ${input.entry} */ ${source}`, map: "{}", warnings: [] };
  }
}

/** A node's apps on a database of their own. Tests only. */
export class AppsFixture {
  readonly activity: AppActivity[] = [];
  readonly bundler = new FakeBundler();
  /** What the clock shows. */
  now = 1_800_000_000_000;

  private constructor(
    readonly dir: string,
    readonly db: Database,
    readonly settings: Settings,
    readonly vfs: Vfs,
    readonly hosts: HostTable,
  ) {}

  #apps: Apps | undefined;

  get apps(): Apps {
    this.#apps ??= this.restarted();
    return this.#apps;
  }

  /** The apps as a node that just started sees them: no cache is warm. */
  restarted(): Apps {
    return new Apps({
      db: this.db,
      settings: this.settings,
      vfs: this.vfs,
      hosts: this.hosts,
      bundler: this.bundler,
      clock: () => this.now,
      baseUrl: () => "http://localhost:8080",
      version: "0.1.0",
      record: (activity) => this.activity.push(activity),
    });
  }

  static async open(options: { readonly maxMb?: number } = {}): Promise<AppsFixture> {
    const dir = await Deno.makeTempDir({ prefix: "fazt-apps-" });
    const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
    const db = await Database.open({
      path: `${dir}/data.db`,
      ...options,
      spawnWriter: worker("kernel/writer.ts"),
      spawnBackground: worker("kernel/background.ts"),
    });
    const settings = Settings.load(db);
    const vfs = new Vfs({ db, settings, clock: Date.now });
    const hosts = new HostTable({ settings });
    return new AppsFixture(dir, db, settings, vfs, hosts);
  }

  /** What `POST /api/deploy` would be told of these files. */
  list(files: Readonly<Record<string, string | Uint8Array>>): DeployInput["files"] {
    return Object.entries(files).map(([path, content]) => {
      const bytes = encode(content);
      return { path, cid: cidOf(bytes), size: bytes.byteLength };
    });
  }

  /** Uploads files' blobs, as a client does that was told all are missing. */
  async upload(
    files: Readonly<Record<string, string | Uint8Array>>,
  ): Promise<DeployInput["files"]> {
    await Promise.all(Object.values(files).map((content) => this.vfs.putBytes(encode(content))));
    return this.list(files);
  }

  /** Uploads and deploys. */
  async deploy(
    files: Readonly<Record<string, string | Uint8Array>>,
    options: Omit<DeployInput, "files"> & { readonly by?: Actor } = {},
  ): Promise<DeployDone> {
    const { by = OWNER, ...input } = options;
    const done = await this.apps.deploy({ ...input, files: await this.upload(files) }, by);
    if ("missing" in done) throw new Error(`missing ${done.missing}`);
    return done;
  }

  /** The text the site would serve for a path. */
  serves(appId: string, path: string): string | undefined {
    const revision = this.apps.site(appId)?.revision;
    if (revision === undefined) return undefined;
    const row = this.db.reader.get<{ cid: string }>(
      "SELECT cid FROM files WHERE app_id = ? AND revision = ? AND path = ?",
      appId,
      revision,
      path,
    );
    return row && new TextDecoder().decode(this.vfs.read(row.cid)!);
  }

  /** Rows of a table, of one app or of all. */
  count(table: string, appId?: string): number {
    const where = appId === undefined ? "" : " WHERE app_id = ?";
    const params = appId === undefined ? [] : [appId];
    return this.db.reader.get<{ n: number }>(
      `SELECT count(*) AS n FROM ${table}${where}`,
      ...params,
    )!
      .n;
  }

  /** Every byte of the database's files, one Latin-1 character each: what a thief of the disk has. */
  async stored(): Promise<string> {
    const parts: string[] = [];
    for await (const { name, isFile } of Deno.readDir(this.dir)) {
      if (!isFile || name.endsWith("-shm")) continue;
      parts.push(new TextDecoder("latin1").decode(await Deno.readFile(`${this.dir}/${name}`)));
    }
    return parts.join("");
  }

  async close(): Promise<void> {
    await this.db.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Runs a test on a fixture that is closed whatever happens. */
export function withApps(
  run: (fixture: AppsFixture) => Promise<void> | void,
  options: { readonly maxMb?: number } = {},
): () => Promise<void> {
  return async () => {
    const fixture = await AppsFixture.open(options);
    try {
      await run(fixture);
    } finally {
      await fixture.close();
    }
  };
}

/** An `app.json` with these fields besides its name. */
export function manifest(name: string, fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ name, ...fields });
}

function encode(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}
