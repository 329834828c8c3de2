import { defaultManifest, isWebAppManifest, type Manifest, parseManifest } from "../apps/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { cidOf, type Vfs } from "../fs/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { GitClient, Wanted } from "./git_client.ts";
import { sha256, SIGNATURE_FILE, type SignedFile, verify } from "./signature.ts";
import type { CommitInfo, FileBytes } from "./worker_protocol.ts";

/** One file of a snapshot; its content is a blob of the node. */
export interface SnapshotFile extends SignedFile {
  readonly cid: string;
}

/** A folder of a commit, taken into the node. */
export interface Snapshot {
  readonly commit: CommitInfo;
  readonly files: readonly SnapshotFile[];
  /** Absent where the folder has none. */
  readonly manifest?: { readonly file: "app.json" | "manifest.json"; readonly bytes: Uint8Array };
  /** The key it is signed with, verified; absent where it is not signed. */
  readonly signer?: string;
  readonly warnings: readonly string[];
}

/** What {@link Snapshots} work with. */
export interface SnapshotsDeps {
  readonly git: GitClient;
  readonly vfs: Vfs;
  readonly clock: Clock;
}

/** How long a plan's files need not be fetched again, ms, and for how many plans. */
const KEPT = { ms: 30 * 60_000, count: 32 };
/** Files that are kept at once. */
const AT_ONCE = 8;

/** Folders of commits: what was planned is deployed without being fetched again. */
export class Snapshots {
  readonly #known = new Map<string, { readonly snapshot: Snapshot; readonly at: number }>();

  constructor(private readonly deps: SnapshotsDeps) {}

  /**
   * Takes a folder in; with a commit, exactly that one. Its blobs belong to nobody until they are
   * deployed: what is not is swept.
   * @throws {FaztError} what reading it found, `SIGNATURE_INVALID`.
   */
  async take(wanted: Wanted): Promise<Snapshot> {
    const known = wanted.commit === undefined ? undefined : this.#recall(wanted, wanted.commit);
    if (known !== undefined) return known;
    const files: SnapshotFile[] = [];
    const special = new Map<string, Uint8Array>();
    const { commit, warnings } = await this.deps.git.folder(wanted, async (batch) => {
      for (let at = 0; at < batch.length; at += AT_ONCE) {
        await Promise.all(
          batch.slice(at, at + AT_ONCE).map(async (file) => files.push(await this.#keep(file))),
        );
      }
      for (const { path, bytes } of batch) {
        if (["app.json", "manifest.json", SIGNATURE_FILE].includes(path)) special.set(path, bytes);
      }
    });
    const signature = special.get(SIGNATURE_FILE);
    const manifest = (["app.json", "manifest.json"] as const).find((file) => special.has(file));
    const snapshot: Snapshot = {
      commit,
      files: files.sort((a, b) => a.path < b.path ? -1 : 1),
      ...(manifest === undefined
        ? {}
        : { manifest: { file: manifest, bytes: special.get(manifest)! } }),
      ...(signature === undefined ? {} : { signer: await verify(files, signature) }),
      warnings,
    };
    this.#remember(wanted, snapshot);
    return snapshot;
  }

  async #keep({ path, bytes }: FileBytes): Promise<SnapshotFile> {
    const cid = cidOf(bytes);
    const size = bytes.byteLength;
    const { vfs } = this.deps;
    if (vfs.missing([cid]).length > 0) await vfs.put(cid, bytes, { maxBytes: size });
    return { path, cid, size, sha256: sha256(bytes) };
  }

  #recall(wanted: Wanted, commit: string): Snapshot | undefined {
    const entry = this.#known.get(keyOf(wanted, commit));
    if (entry === undefined || entry.at + KEPT.ms < this.deps.clock()) return undefined;
    const { snapshot } = entry;
    const missing = this.deps.vfs.missing([...new Set(snapshot.files.map(({ cid }) => cid))]);
    return missing.length === 0 ? snapshot : undefined;
  }

  #remember(wanted: Wanted, snapshot: Snapshot): void {
    const key = keyOf(wanted, snapshot.commit.id);
    this.#known.delete(key);
    this.#known.set(key, { snapshot, at: this.deps.clock() });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT.count) break;
      this.#known.delete(oldest);
    }
  }
}

/** Who may not see a repository is not given what somebody else fetched from it. */
const keyOf = ({ url, path, authorization }: Wanted, commit: string) =>
  JSON.stringify([url, path, authorization, commit]);

/**
 * The manifest of a snapshot, judged as a deploy judges it.
 * @throws {FaztError} `MANIFEST_INVALID`, `SOURCE_NO_APP` where there is none and no name was said.
 */
export function manifestOf(
  { manifest, files }: Snapshot,
  { version, name }: { readonly version: string; readonly name: string | undefined },
): { readonly manifest: Manifest; readonly found: boolean } {
  const paths = new Set(files.map(({ path }) => path));
  if (manifest && !(manifest.file === "manifest.json" && isWebAppManifest(manifest.bytes))) {
    const { file, bytes } = manifest;
    return { manifest: parseManifest(bytes, { file, paths, version }), found: true };
  }
  const site = paths.has("index.html") || paths.has("api/main.ts") || paths.has("api/main.js");
  if (name !== undefined && site) return { manifest: defaultManifest(name), found: false };
  throw new FaztError("SOURCE_NO_APP", "Cannot install this folder: it has no app.json", {
    hint: site
      ? "it looks like a site: give it a name with --name NAME"
      : "name the folder that has one, such as github.com/user/repo/folder",
    status: 422,
  });
}
