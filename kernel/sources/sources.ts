import {
  type Actor,
  type AppFile,
  type Apps,
  changedFiles,
  checkLabel,
  type DeployDone,
  describeGrant,
  type FileChange,
  formatSource,
  type GitSource,
  type InstalledApp,
  type Manifest,
  parseSource,
  sameRepository,
  type SourceRecord,
  type SourceRow,
} from "../apps/mod.ts";
import { mimeOf } from "../fs/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { Secrets } from "../secrets/mod.ts";
import { placeOf } from "./credentials.ts";
import type { GitClient } from "./git_client.ts";
import type { Markets } from "./markets.ts";
import { judgeSigner } from "./signer.ts";
import { manifestOf, type Snapshot, type Snapshots } from "./snapshots.ts";
import type {
  ApplyInput,
  InstallDone,
  InstallInput,
  Outdated,
  Plan,
  Pulled,
  SourceInfo,
  UpgradeInput,
  VersionCheck,
} from "./shapes.ts";

/** What {@link Sources} work with. */
export interface SourcesDeps {
  readonly apps: Apps;
  readonly secrets: Secrets;
  readonly git: GitClient;
  readonly snapshots: Snapshots;
  readonly markets: Markets;
  /** Of this node. */
  readonly version: string;
}

/** A folder somebody wants, with all that is written down of it. */
interface Origin extends GitSource {
  readonly market?: string;
  readonly app?: string;
  readonly secret?: string;
  /** The key its code has to be signed with. */
  readonly pinned?: string;
}

/** A plan and what carries it out. */
interface Prepared {
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  readonly record: SourceRecord;
}

/** Apps that come from repositories: planned first, then made of exactly the commit that was planned. */
export class Sources {
  constructor(private readonly deps: SourcesDeps) {}

  /**
   * What an install would do. Nothing changes.
   * @throws {FaztError} `SOURCE_…`, `NET_…`, `MANIFEST_INVALID`, `NAME_TAKEN`, `CONFLICT`,
   *   `SIGNATURE_INVALID`, `SIGNER_CHANGED`.
   */
  async planInstall(input: InstallInput, by: Actor): Promise<Plan> {
    return (await this.#prepareInstall(input, by)).plan;
  }

  /** Installs the commit that was planned. @throws {FaztError} also `APPROVAL_NEEDED`. */
  async install(input: InstallInput & ApplyInput, by: Actor): Promise<InstallDone> {
    const prepared = await this.#prepareInstall(input, by);
    return await this.#apply(prepared, input, by);
  }

  /** What an upgrade would do. Nothing changes. @throws {FaztError} as {@link planInstall}. */
  async planUpgrade(ref: string, input: UpgradeInput, by: Actor): Promise<Plan> {
    return (await this.#prepareUpgrade(ref, input, by)).plan;
  }

  /** Upgrades to the commit that was planned. @throws {FaztError} also `APPROVAL_NEEDED`. */
  async upgrade(ref: string, input: UpgradeInput & ApplyInput, by: Actor): Promise<InstallDone> {
    const prepared = await this.#prepareUpgrade(ref, input, by);
    return await this.#apply(prepared, input, by);
  }

  /** Whether there is another commit; only names are fetched. */
  async check(ref: string): Promise<VersionCheck> {
    const { app, source } = this.#installed(ref);
    const [answer] = await this.deps.git.refs(
      placeOf(this.deps.secrets, source.url, source.secret ?? undefined),
      [source.ref ?? undefined],
    );
    if ("error" in answer!) throw FaztError.from(answer.error, answer.status);
    const { source: info } = app;
    const current = info!.commit;
    const { id, name } = app;
    const latest = answer!.commit;
    return {
      app: { id, name },
      source: info!,
      current,
      latest,
      outdated: latest !== current,
    };
  }

  /** The same of every app that comes from a repository; each repository is asked once. */
  async outdated(): Promise<Outdated[]> {
    const all = this.deps.apps.list().filter(({ source }) => source !== undefined)
      .map((app) => this.#installed(app.id));
    const groups = Map.groupBy(all, ({ source }) => JSON.stringify([source.url, source.secret]));
    const found = await Promise.all([...groups.values()].map((group) => this.#compare(group)));
    return found.flat().sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** What to fetch to have a revision's files in a folder. */
  pull(ref: string, revision: number | undefined): Pulled {
    const { apps } = this.deps;
    const app = apps.info(ref);
    const n = revision ?? app.revision;
    if (n === undefined) {
      throw new FaztError("NOT_FOUND", `Cannot pull "${app.name}": nothing was deployed to it`, {
        hint: `fazt app deploy FOLDER --name ${app.name}`,
      });
    }
    return {
      app: { id: app.id, name: app.name },
      revision: n,
      ...(app.source === undefined ? {} : { source: app.source }),
      files: apps.files(app.id, n),
    };
  }

  async #compare(
    group: readonly (InstalledApp & { readonly source: SourceRow })[],
  ): Promise<Outdated[]> {
    const { url, secret } = group[0]!.source;
    const row = ({ app }: InstalledApp) => ({
      id: app.id,
      name: app.name,
      source: app.source!,
      current: app.source!.commit,
    });
    const failed = (one: InstalledApp, { code, message }: { code: string; message: string }) => ({
      ...row(one),
      outdated: false,
      error: { code, message },
    });
    try {
      const answers = await this.deps.git.refs(
        placeOf(this.deps.secrets, url, secret ?? undefined),
        group.map(({ source }) => source.ref ?? undefined),
      );
      return group.map((one, i): Outdated => {
        const answer = answers[i]!;
        if ("error" in answer) return failed(one, answer.error);
        const { commit: latest } = answer;
        return { ...row(one), latest, outdated: latest !== one.app.source!.commit };
      });
    } catch (error) {
      if (!(error instanceof FaztError)) throw error;
      return group.map((one) => failed(one, error));
    }
  }

  async #prepareInstall(input: InstallInput & Partial<ApplyInput>, by: Actor): Promise<Prepared> {
    const { snapshots, secrets, version } = this.deps;
    const origin = this.#originOf(input, by);
    if (input.name !== undefined) this.#refuseTaken(checkLabel(input.name), origin);
    const snapshot = await snapshots.take({
      ...placeOf(secrets, origin.url, origin.secret),
      path: origin.path,
      ref: origin.ref,
      commit: input.commit,
    });
    const { manifest, found } = manifestOf(snapshot, { version, name: input.name });
    const name = checkLabel(input.name ?? manifest.name);
    this.#refuseTaken(name, origin);
    const signer = judgeSigner(snapshot.signer, {
      pinned: origin.pinned,
      trust: input.trust,
      who: origin.market === undefined ? `"${name}"` : `the marketplace "${origin.market}"`,
    });
    const record = recordOf(origin, { commit: snapshot.commit.id, signer });
    const files = changedFiles([], asFiles(snapshot));
    const requested = [...new Set(manifest.permissions)];
    return {
      snapshot,
      record,
      plan: this.#plan({
        kind: "install",
        name,
        manifest,
        record,
        snapshot,
        files,
        permissions: { requested, added: requested, removed: [] },
        pinned: origin.pinned,
        warnings: found ? [] : ["it has no app.json: it may keep keys and values, and no more"],
      }),
    };
  }

  async #prepareUpgrade(
    ref: string,
    input: UpgradeInput & Partial<ApplyInput>,
    by: Actor,
  ): Promise<Prepared> {
    const { snapshots, secrets, version } = this.deps;
    const { app, source, manifest: before, approved, files: served } = this.#installed(ref);
    adminOnly(by, input.trust !== undefined, "say whom to trust");
    const origin: Origin = {
      ...originOfRow(source),
      ...(input.ref === undefined ? {} : { ref: input.ref }),
    };
    const snapshot = await snapshots.take({
      ...placeOf(secrets, origin.url, origin.secret),
      path: origin.path,
      ref: origin.ref,
      commit: input.commit,
    });
    const { manifest } = manifestOf(snapshot, { version, name: app.name });
    const signer = judgeSigner(snapshot.signer, {
      pinned: origin.pinned,
      trust: input.trust,
      who: `"${app.name}"`,
    });
    const record = recordOf(origin, { commit: snapshot.commit.id, signer });
    const files = changedFiles(served, asFiles(snapshot));
    const requested = [...new Set(manifest.permissions)];
    const had = new Set([...before.permissions, ...approved]);
    return {
      snapshot,
      record,
      plan: this.#plan({
        kind: "upgrade",
        name: app.name,
        app,
        manifest,
        record,
        snapshot,
        files,
        permissions: {
          requested,
          added: requested.filter((text) => !had.has(text)),
          removed: before.permissions.filter((text) => !requested.includes(text)),
        },
        pinned: origin.pinned,
        warnings: [
          ...(app.source!.modified && app.revision !== undefined
            ? ["what is served now was deployed by hand: the upgrade replaces it"]
            : []),
        ],
      }),
    };
  }

  /** Does what was planned: everything is judged again, and the commit is the one that was shown. */
  async #apply(
    { plan, snapshot, record }: Prepared,
    input: ApplyInput & { readonly base?: number | undefined },
    by: Actor,
  ): Promise<InstallDone> {
    const { approve } = input;
    const asks = approve === true || (Array.isArray(approve) && approve.length > 0);
    adminOnly(by, asks, "approve permissions");
    const { added } = plan.permissions;
    const open = added.filter((text) =>
      approve !== true && !(Array.isArray(approve) && approve.includes(text))
    );
    if (open.length > 0) {
      throw new FaztError(
        "APPROVAL_NEEDED",
        `Cannot ${plan.kind} "${plan.name}": it asks for ${open.join(", ")}`,
        {
          hint: "approve each with --grant GRANT, or all with --approve; nothing was changed",
          status: 403,
          details: { permissions: open },
        },
      );
    }
    const { app } = plan;
    const done = await this.deps.apps.deploy({
      ...(app === undefined ? { name: plan.name, fresh: true } : { app: app.id }),
      ...(app === undefined || input.base === undefined ? {} : { base: input.base }),
      source: "git",
      message: `${plan.source.spec} ${plan.commit.id.slice(0, 12)}: ${plan.commit.subject}`,
      approve: approve ?? false,
      origin: record,
      files: snapshot.files.map(({ path, cid, size }) => ({ path, cid, size })),
    }, by);
    if ("missing" in done) {
      throw new FaztError("BLOB_MISSING", `Cannot ${plan.kind} "${plan.name}": try again`, {
        hint: "what was fetched is not here any more",
        status: 409,
      });
    }
    return { ...done, source: (done as DeployDone).app.source! };
  }

  #plan(parts: {
    readonly kind: Plan["kind"];
    readonly name: string;
    readonly app?: InstalledApp["app"];
    readonly manifest: Manifest;
    readonly record: SourceRecord;
    readonly snapshot: Snapshot;
    readonly files: readonly FileChange[];
    readonly permissions: Omit<Plan["permissions"], "meanings">;
    readonly pinned: string | undefined;
    readonly warnings: readonly string[];
  }): Plan {
    const { kind, name, app, manifest, record, snapshot, files, permissions, pinned } = parts;
    const { version, title, description } = manifest;
    const { commit, signer } = snapshot;
    return {
      kind,
      name,
      ...(app === undefined ? {} : {
        app: {
          id: app.id,
          name: app.name,
          ...(app.revision === undefined ? {} : { revision: app.revision }),
        },
        previous: { commit: app.source!.commit },
      }),
      source: infoOf(record),
      commit,
      ...(version === undefined ? {} : { version }),
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      files,
      fileCount: snapshot.files.length,
      size: snapshot.files.reduce((sum, file) => sum + file.size, 0),
      permissions: {
        ...permissions,
        meanings: Object.fromEntries(
          permissions.requested.map((text) => [text, describeGrant(text)]),
        ),
      },
      signature: {
        state: signer === undefined ? "none" : "valid",
        ...(signer === undefined ? {} : { key: signer }),
        ...(pinned === undefined ? {} : { pinned }),
      },
      unchanged: kind === "upgrade" && files.length === 0,
      warnings: [...snapshot.warnings, ...parts.warnings],
    };
  }

  /** What a text names, with what the marketplace it may come from says. */
  #originOf(input: InstallInput, by: Actor): Origin {
    adminOnly(by, input.auth !== undefined, "use a secret of the node");
    adminOnly(by, input.trust !== undefined, "say whom to trust");
    const parsed = parseSource(input.source);
    const secret = input.auth === undefined ? {} : { secret: input.auth };
    if (parsed.kind === "git") return { ...parsed, ...secret };
    const { market, entry } = this.deps.markets.find(parsed);
    const ref = parsed.ref ?? market.ref;
    return {
      kind: "git",
      url: market.url,
      path: entry.path,
      ...(ref === undefined ? {} : { ref }),
      market: market.name,
      app: entry.name,
      ...(market.secret === undefined ? {} : { secret: market.secret }),
      ...(market.signer === undefined ? {} : { pinned: market.signer }),
      ...secret,
    };
  }

  /** An install makes a new app: it takes over no other one, and no data of one. */
  #refuseTaken(name: string, { url, path }: Origin): void {
    const { apps } = this.deps;
    const same = (row: { readonly url: string; readonly path: string } | undefined | null) =>
      row !== undefined && row !== null && sameRepository(row.url, url) && row.path === path;
    const there = apps.list().find((app) => app.name === name);
    if (there !== undefined && same(there.source)) {
      throw new FaztError("CONFLICT", `Cannot install "${name}": it is installed already`, {
        hint: `fazt app upgrade ${name}, or install it beside under another name: --name NAME`,
      });
    }
    if (there !== undefined) {
      const from = there.source === undefined ? "was deployed by hand" : `is ${there.source.spec}`;
      throw new FaztError("NAME_TAKEN", `Cannot install "${name}": the app of that name ${from}`, {
        hint: "choose another name: --name NAME",
        status: 409,
      });
    }
    const kept = apps.keptSource(name);
    if (kept === undefined || same(kept)) return;
    throw new FaztError(
      "NAME_TAKEN",
      `Cannot install "${name}": the name holds data of a removed app`,
      {
        hint: "choose another name: --name NAME",
        status: 409,
      },
    );
  }

  #installed(ref: string): InstalledApp & { readonly source: SourceRow } {
    const found = this.deps.apps.installed(ref);
    const { app, source } = found;
    if (source !== undefined) return { ...found, source };
    throw new FaztError("NO_SOURCE", `Cannot look for another version of "${app.name}"`, {
      hint: "it was deployed by hand: fazt app deploy FOLDER brings the next one",
      status: 409,
    });
  }
}

function originOfRow(row: SourceRow): Origin {
  const { url, path, ref, market, app, secret, signer } = row;
  return {
    kind: "git",
    url,
    path,
    ...(ref === null ? {} : { ref }),
    ...(market === null ? {} : { market }),
    ...(app === null ? {} : { app }),
    ...(secret === null ? {} : { secret }),
    ...(signer === null ? {} : { pinned: signer }),
  };
}

function recordOf(
  { url, path, ref, market, app, secret }: Origin,
  { commit, signer }: { readonly commit: string; readonly signer: string | undefined },
): SourceRecord {
  return {
    type: "git",
    url,
    path,
    ...(ref === undefined ? {} : { ref }),
    commit,
    ...(market === undefined ? {} : { market }),
    ...(app === undefined ? {} : { app }),
    ...(secret === undefined ? {} : { secret }),
    ...(signer === undefined ? {} : { signer }),
  };
}

/** What may be shown of where an app comes from. */
function infoOf({ secret: _, ...record }: SourceRecord): SourceInfo {
  const { url, path, ref } = record;
  const named = { kind: "git", url, path, ...(ref === undefined ? {} : { ref }) } as const;
  return { ...record, spec: formatSource(named) };
}

function asFiles({ files }: Snapshot): AppFile[] {
  return files.map(({ path, cid, size }) => ({ path, cid, size, type: mimeOf(path) }));
}

function adminOnly(by: Actor, asked: boolean, what: string): void {
  if (!asked || by.admin) return;
  throw new FaztError("FORBIDDEN", `Cannot ${what}: only an administrator may`, {
    hint: "ask the owner of this node",
  });
}
