import git, { type HttpClient } from "isomorphic-git";
import { FaztError } from "../lib/fazt_error.ts";
import { fetchBody, type FetchRequest, packOf } from "./fetch_v2.ts";
import { MemoryFs } from "./memory_fs.ts";
import { PackGuard } from "./pack_guard.ts";
import { isCommit } from "../lib/git_ref.ts";
import type { CommitInfo, RepositoryPlace, Resolved } from "./worker_protocol.ts";

/** One entry of a folder of a commit. */
export interface TreeEntry {
  readonly name: string;
  readonly oid: string;
  readonly kind: "file" | "folder" | "link" | "submodule";
}

const MODES: Readonly<Record<string, TreeEntry["kind"]>> = {
  "100644": "file",
  "100755": "file",
  "100664": "file",
  "040000": "folder",
  "120000": "link",
  "160000": "submodule",
};

/** One commit of a remote repository, read into memory. It is used by one thread that may be ended. */
export class Repository {
  readonly #fs: MemoryFs;
  readonly #cache = {};
  /** Ids of the files whose contents are here; undefined: all that there are. */
  #here: Set<string> | undefined;
  #packs = 0;

  constructor(private readonly place: RepositoryPlace, private readonly http: HttpClient) {
    const guard = new PackGuard(place.limits);
    this.#fs = new MemoryFs((path, bytes) => {
      if (path.endsWith(".pack")) guard.check(bytes);
    });
  }

  /**
   * What a ref leads to: a commit itself, else a tag before a branch, as git reads it.
   * @throws {FaztError} `SOURCE_REF`, `SOURCE_EMPTY`.
   */
  async resolve(ref: string | undefined): Promise<Resolved> {
    if (ref === undefined || ref === "HEAD") {
      const [head] = await this.#refs("HEAD");
      if (head === undefined) {
        throw new FaztError("SOURCE_EMPTY", "Cannot fetch: the repository has no commit", {
          hint: "push one, or name the branch: @BRANCH",
          status: 422,
        });
      }
      return { commit: head.commit, fullRef: head.target ?? "HEAD" };
    }
    if (isCommit(ref)) return { commit: ref };
    const names = ref.startsWith("refs/") ? [ref] : [`refs/tags/${ref}`, `refs/heads/${ref}`];
    for (const name of names) {
      const found = (await this.#refs(name)).find((one) => one.name === name);
      if (found) return { commit: found.commit, fullRef: name };
    }
    throw new FaztError("SOURCE_REF", `Cannot fetch: there is no tag or branch ${quoted(ref)}`, {
      hint: /^[0-9a-f]{4,39}$/.test(ref)
        ? "write all 40 characters of a commit"
        : "look at the names in the repository; without @REF its default branch is taken",
      status: 404,
    });
  }

  /** Fetches a commit with its folders; the contents of files come with them if they have to. */
  async fetch({ commit, fullRef }: Resolved): Promise<void> {
    await git.init({ fs: this.#fs, dir: "/" });
    const { protocolVersion, capabilities } = await git.getRemoteInfo2({
      http: this.http,
      url: this.place.url,
    });
    if (protocolVersion !== 2) return await this.#fetchV1(commit, fullRef);
    const features = capabilities as Record<string, string | true | undefined>;
    if (features["object-format"] !== undefined && features["object-format"] !== "sha1") {
      throw new FaztError("SOURCE_FORMAT", "Cannot fetch: the repository does not use SHA-1", {
        hint: "git init --object-format=sha1 makes one that does",
        status: 422,
      });
    }
    const withoutBlobs = String(features.fetch ?? "").split(" ").includes("filter");
    if (withoutBlobs) this.#here = new Set();
    await this.#fetchV2({ wants: [commit], shallow: true, withoutBlobs });
  }

  /** What is told of the commit. */
  async commit(id: string): Promise<CommitInfo & { readonly tree: string }> {
    const { commit } = await git.readCommit({ ...this.#read, oid: id });
    return {
      id,
      tree: commit.tree,
      at: commit.committer.timestamp * 1000,
      author: commit.author.name.slice(0, 200),
      subject: commit.message.split("\n", 1)[0]!.slice(0, 200),
    };
  }

  /** The entries of a folder, by its id. */
  async entries(oid: string): Promise<TreeEntry[]> {
    const { tree } = await git.readTree({ ...this.#read, oid });
    return tree.map(({ mode, path, oid }) => ({
      name: path,
      oid,
      kind: MODES[mode.padStart(6, "0")] ?? "submodule",
    }));
  }

  /** Sees to it that the contents of these files are here. */
  async load(oids: readonly string[]): Promise<void> {
    const here = this.#here;
    if (here === undefined) return;
    const wants = [...new Set(oids)].filter((oid) => !here.has(oid));
    if (wants.length === 0) return;
    await this.#fetchV2({ wants, shallow: false, withoutBlobs: false });
    for (const oid of wants) here.add(oid);
  }

  /** The content of a file. */
  async blob(oid: string): Promise<Uint8Array> {
    return (await git.readBlob({ ...this.#read, oid })).blob;
  }

  get #read() {
    return { fs: this.#fs, dir: "/", cache: this.#cache };
  }

  async #refs(prefix: string) {
    const refs = await git.listServerRefs({
      http: this.http,
      url: this.place.url,
      prefix,
      symrefs: true,
      peelTags: true,
    });
    return refs.map(({ ref, oid, target, peeled }) => ({
      name: ref,
      commit: peeled ?? oid,
      target,
    }));
  }

  async #fetchV2(request: FetchRequest): Promise<void> {
    const { body, headers } = await this.http.request({
      url: `${this.place.url}/git-upload-pack`,
      method: "POST",
      headers: {
        "content-type": "application/x-git-upload-pack-request",
        accept: "application/x-git-upload-pack-result",
        "git-protocol": "version=2",
      },
      body: once(fetchBody(request)),
    });
    if (!/^application\/x-git-upload-pack-result\b/.test(headers?.["content-type"] ?? "")) {
      throw notGit();
    }
    await this.#keep(packOf(await collect(body!)));
  }

  /** A server of before 2018 gives tips of branches, and other commits if it is told to. */
  async #fetchV1(commit: string, fullRef: string | undefined): Promise<void> {
    await git.addRemote({ fs: this.#fs, dir: "/", remote: "origin", url: this.place.url });
    const tip = fullRef !== undefined &&
      (await this.#refs(fullRef)).some((one) => one.commit === commit);
    try {
      await git.fetch({
        fs: this.#fs,
        http: this.http,
        dir: "/",
        url: this.place.url,
        remoteRef: tip ? fullRef : commit,
        depth: 1,
        singleBranch: true,
        tags: false,
      });
      await git.readObject({ ...this.#read, oid: commit });
    } catch (error) {
      if (tip || error instanceof FaztError) throw error;
      throw new FaztError(
        "SOURCE_COMMIT_GONE",
        "Cannot fetch: the server does not give the commit",
        {
          hint: "it is no tip of a branch (any more); name the branch or a tag",
          status: 409,
          cause: error,
        },
      );
    }
  }

  async #keep(pack: Uint8Array): Promise<void> {
    const filepath = `.git/objects/pack/pack-${this.#packs++}.pack`;
    for (const path of ["/.git/objects", "/.git/objects/pack"]) {
      await this.#fs.mkdir(path).catch(() => {});
    }
    await this.#fs.writeFile(`/${filepath}`, pack);
    await git.indexPack({ ...this.#read, filepath });
  }
}

/** The error for an address where there is no repository. */
export function notGit(): FaztError {
  return new FaztError("SOURCE_NOT_GIT", "Cannot fetch: no git repository answers there", {
    hint: "name the address that git clone takes",
    status: 422,
  });
}

const quoted = (text: string) => JSON.stringify(text.slice(0, 100));

async function* once(bytes: Uint8Array): AsyncIterableIterator<Uint8Array> {
  yield bytes;
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let size = 0;
  for await (const part of parts) {
    all.push(part);
    size += part.byteLength;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of all) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
