import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import { newId } from "../lib/ids.ts";
import { changeGrants, refuseTaken } from "./app_operations.ts";
import type { AppRow, AppStore } from "./app_store.ts";
import { nodeSecrets } from "./approvals.ts";
import { compressAll } from "./compressed.ts";
import { checkFiles, checkSizes } from "./deploy_files.ts";
import { cronWarnings, refuseCron } from "./cron_limits.ts";
import {
  blobMissing,
  type DeployParams,
  recordSource,
  writeRevision,
} from "./deploy_operations.ts";
import type { AppsDeps } from "./deps.ts";
import { approvedBy, refuseUnsafe } from "./grant_policy.ts";
import { foldersOf } from "./folders.ts";
import { isOpen } from "./live_apps.ts";
import { checkManifestSize, defaultManifest, isWebAppManifest, parseManifest } from "./manifest.ts";
import type { Manifest } from "./manifest_schema.ts";
import { checkLabel } from "./names.ts";
import { KeyedLock } from "./pool.ts";
import { openPreview } from "./preview_operations.ts";
import { previewParams } from "./previews.ts";
import { bodyWarnings } from "./body_limits.ts";
import { limitWarnings } from "./runtime_limits.ts";
import { bundleServer } from "./server_code.ts";
import type { Actor, AppFile, DeployInput, DeployMissing } from "./shapes.ts";

/** What a deploy did to the database. */
export interface DeployOutcome {
  readonly appId: string;
  readonly n: number;
  readonly created: boolean;
  readonly unchanged: boolean;
  readonly previous: number | null;
  readonly approved: readonly string[];
  readonly size: number;
  readonly warnings: readonly string[];
}

/** The manifest of a deploy, and what to tell of how it was found. */
interface Read {
  readonly manifest: Manifest | undefined;
  readonly warnings: readonly string[];
}

/** Judges a deploy completely, prepares it, then makes it in one write. */
export class Deployer {
  readonly #locks = new KeyedLock();

  constructor(readonly deps: AppsDeps, private readonly store: AppStore) {}

  /**
   * @throws {FaztError} what the checks, the bundler or the database found; the app is then
   *   exactly as it was.
   */
  async run(input: DeployInput, by: Actor): Promise<DeployMissing | DeployOutcome> {
    const claimed = checkFiles(input.files, this.deps.settings);
    checkSizes(claimed, this.deps.settings);
    if (input.name !== undefined) checkLabel(input.name);
    const missing = new Set(this.deps.vfs.missing([...new Set(claimed.map(({ cid }) => cid))]));
    // Told before anything is uploaded in vain, as far as it can be known.
    const early = this.#manifest(claimed, missing);
    if (early) this.#target(input, early.manifest);
    if (missing.size > 0) return { missing: [...missing] };
    const read = early!;
    const name = this.#name(input, read.manifest);
    return await this.#locks.run(name, () => this.#locked(input, { by, claimed, name, read }));
  }

  async #locked(
    input: DeployInput,
    { by, claimed, name, read }: {
      readonly by: Actor;
      readonly claimed: readonly AppFile[];
      readonly name: string;
      readonly read: Read;
    },
  ): Promise<DeployOutcome> {
    const files = this.#sized(claimed);
    const size = checkSizes(files, this.deps.settings);
    const manifest = read.manifest ?? defaultManifest(name);
    this.#refuseUnsafe(manifest);
    refuseCron(this.deps.settings, manifest);
    const app = this.#target(input, read.manifest);
    if (app) this.#refuseOther(input, app);
    const named = input.approve;
    const allowed = approvedBy(by, manifest.permissions);
    const approve = !named
      ? []
      : named === true
      ? allowed
      : allowed.filter((text) => named.includes(text));
    const warnings = [
      ...read.warnings,
      ...limitWarnings(this.deps.settings, manifest),
      ...bodyWarnings(this.deps.settings, manifest),
      ...cronWarnings(this.deps.settings, manifest),
      ...(isOpen(manifest.visibility)
        ? []
        : [`visibility "${manifest.visibility}": this version serves the app to nobody over HTTP`]),
      ...(input.approve && !by.admin
        ? ["only an administrator approves grants: fazt app grants approve"]
        : []),
    ];
    const base = app && (input.preview ? this.store.newest(app.id) : app.n);
    const preview = input.preview ? previewParams(this, { by, expires: undefined }) : undefined;
    if (app && base && this.#same(app, { n: base, files })) {
      if (preview) await this.deps.db.write(openPreview, { id: app.id, n: base, ...preview });
      if (input.origin) {
        const { origin } = input;
        const at = this.deps.clock();
        await this.deps.db.write(recordSource, {
          appId: app.id,
          n: base,
          origin,
          userId: by.userId,
          at,
        });
      }
      return await this.#unchanged(app, { n: base, by, approve, size, warnings });
    }
    const code = await bundleServer({ deps: this.deps, store: this.store }, {
      files,
      manifest,
      current: app,
    });
    const variants = await compressAll(files, { vfs: this.deps.vfs, store: this.store });
    const at = this.deps.clock();
    const params: DeployParams = {
      app: app ? { id: app.id } : {
        create: {
          id: newId("app"),
          userId: by.userId,
          name,
          title: null,
          at,
          admin: by.admin,
        },
      },
      revisionId: newId("rev"),
      userId: by.userId,
      at,
      source: input.source ?? "files",
      message: input.message?.slice(0, 1000) ?? null,
      manifest: JSON.stringify(manifest),
      files: files.map((file) => ({ ...file, ...variants(file) })),
      folders: await foldersOf(files, code.moduleCid !== null),
      size,
      moduleCid: code.moduleCid,
      moduleMapCid: code.mapCid,
      approveFirst: approvedBy(by, manifest.permissions),
      approve,
      ...(preview === undefined ? {} : { preview }),
      ...(input.origin === undefined ? {} : { origin: input.origin }),
    };
    const done = await this.deps.db.write(writeRevision, params);
    return { ...done, unchanged: false, size, warnings: [...warnings, ...code.warnings] };
  }

  /** The app's manifest, or undefined while its blob is still missing. */
  #manifest(files: readonly AppFile[], missing: ReadonlySet<string>): Read | undefined {
    const paths = new Set(files.map(({ path }) => path));
    for (const file of ["app.json", "manifest.json"] as const) {
      const cid = files.find(({ path }) => path === file)?.cid;
      if (cid === undefined) continue;
      if (missing.has(cid)) return undefined;
      checkManifestSize(this.deps.vfs.size(cid) ?? 0, file);
      const content = this.deps.vfs.read(cid);
      if (content === undefined) throw blobMissing([cid]);
      if (file === "manifest.json" && isWebAppManifest(content)) {
        const warning = "manifest.json is a web app manifest; Fazt reads app.json, there is none";
        return { manifest: undefined, warnings: [warning] };
      }
      const manifest = parseManifest(content, { file, paths, version: this.deps.version });
      return { manifest, warnings: [] };
    }
    return { manifest: undefined, warnings: [] };
  }

  #name(input: DeployInput, manifest: Manifest | undefined): string {
    if (input.app !== undefined) return this.store.find(input.app, "id").name;
    const name = input.name ?? manifest?.name;
    if (name !== undefined) return checkLabel(name);
    throw new FaztError("INVALID", "Cannot deploy: the app has no name and no app.json", {
      hint: 'say --name <name>, or add app.json with {"name": "my-app"}',
    });
  }

  /** The app that is deployed to, or undefined for one that the deploy will make. */
  #target(input: DeployInput, manifest: Manifest | undefined): AppRow | undefined {
    const name = this.#name(input, manifest);
    if (input.app === undefined) {
      const app = this.store.byName(name);
      if (!app) refuseTaken(this.deps.db.reader, name);
      return app;
    }
    const app = this.store.find(input.app, "id");
    if (app.state === "active") return app;
    throw new FaztError("NOT_FOUND", `Cannot deploy to ${app.id}: the app was removed`, {
      hint: `deploy it by name as an administrator (--name ${app.name}): its data comes back`,
    });
  }

  /** What was planned is done to the app that was looked at, or not at all. */
  #refuseOther(input: DeployInput, app: AppRow): void {
    if (input.fresh) {
      throw new FaztError("NAME_TAKEN", `Cannot use the name "${app.name}": another app has it`, {
        hint: "choose another one: --name NAME",
        status: 409,
      });
    }
    if (input.base === undefined || input.base === app.n) return;
    throw new FaztError("CONFLICT", `Cannot deploy: "${app.name}" was changed meanwhile`, {
      hint: "look at what there is now, then plan again",
      details: { expected: input.base, served: app.n },
    });
  }

  /** Sizes as the node counted them, not as the client says. */
  #sized(files: readonly AppFile[]): AppFile[] {
    const gone: string[] = [];
    const sized = files.map((file) => {
      const size = this.deps.vfs.size(file.cid);
      if (size === undefined) gone.push(file.cid);
      return { ...file, size: size ?? 0 };
    });
    if (gone.length > 0) throw blobMissing(gone);
    return sized;
  }

  #refuseUnsafe(manifest: Manifest): void {
    const node = nodeSecrets(this);
    const details = manifest.permissions.flatMap((text, i) => {
      try {
        refuseUnsafe(text, node);
        return [];
      } catch (error) {
        return [{ path: `permissions.${i}`, message: toFaztError(error).message }];
      }
    });
    if (details.length === 0) return;
    throw new FaztError("MANIFEST_INVALID", `Cannot use app.json: ${details[0]!.message}`, {
      hint: "ask for exactly the folder, or the host and port, that the app needs",
      status: 422,
      details,
    });
  }

  #same(
    app: AppRow,
    { n, files }: { readonly n: number; readonly files: readonly AppFile[] },
  ): boolean {
    if (this.store.revision(app.id, n)?.file_count !== files.length) return false;
    const now = new Map(this.store.files(app.id, n).map(({ path, cid }) => [path, cid]));
    return files.every(({ path, cid }) => now.get(path) === cid);
  }

  async #unchanged(
    app: AppRow,
    { n, by, approve, size, warnings }: {
      readonly n: number;
      readonly by: Actor;
      readonly approve: readonly string[];
      readonly size: number;
      readonly warnings: readonly string[];
    },
  ): Promise<DeployOutcome> {
    const before = new Set(this.store.approved(app.id));
    const approved = approve.filter((name) => !before.has(name));
    if (approved.length > 0) {
      await this.deps.db.write(changeGrants, {
        id: app.id,
        approve: approved,
        revoke: [],
        userId: by.userId,
        at: this.deps.clock(),
      });
    }
    return {
      appId: app.id,
      n,
      created: false,
      unchanged: true,
      previous: null,
      approved,
      size,
      warnings,
    };
  }
}
