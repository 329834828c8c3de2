import type { TextPatch } from "./diff_operations.ts";
import type { SourceRow } from "./app_store.ts";
import type { Manifest } from "./manifest_schema.ts";

/** Who asks for a change. `admin` decides what is approved without asking. */
export interface Actor {
  readonly userId: string;
  readonly name: string;
  /** Network address the request came from, if it came over one. */
  readonly address?: string;
  readonly admin: boolean;
  /**
   * Somebody whose last proof of who they are is too old to open the machine to an app: what they
   * deploy gets such grants only once they approve them by name.
   */
  readonly unproven?: boolean;
}

/** One line of the activity log, as this folder hands it on. */
export interface AppActivity {
  readonly userId: string;
  /** The actor's name. */
  readonly actor: string;
  readonly address?: string;
  /** Such as `app.deploy`. */
  readonly action: string;
  readonly appId?: string;
  readonly target?: string;
  /** `ok`, or the code of the error. */
  readonly result: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A folder of a repository at one commit. */
export interface RevisionOrigin {
  readonly type: "git";
  readonly url: string;
  /** Empty is the whole repository. */
  readonly path: string;
  /** Absent: the default branch. */
  readonly ref?: string;
  readonly commit: string;
  /** The key its signature was made with: `ed25519:…`. */
  readonly signer?: string;
}

/** Where an app comes from and is upgraded from. */
export interface AppSource extends RevisionOrigin {
  /** The marketplace it was installed from, and its name there. */
  readonly market?: string;
  readonly app?: string;
  /** The text that names it again. */
  readonly spec: string;
  /** What is served did not come from there: it was deployed by hand since. */
  readonly modified: boolean;
}

/** What a deploy from a repository writes down beside the code. */
export interface SourceRecord extends RevisionOrigin {
  readonly market?: string;
  readonly app?: string;
  /** Name of the secret that the repository asks for. */
  readonly secret?: string;
}

/** An app as the API shows it. */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly title?: string;
  /** `active`, or `kept`: the code is gone, the data waits for the name to be deployed again. */
  readonly state: "active" | "kept";
  readonly url: string;
  readonly urls: readonly string[];
  readonly revision?: number;
  readonly version?: string;
  readonly description?: string;
  readonly files: number;
  readonly size: number;
  /** Of the served revision: see {@link Revision.cid}. */
  readonly cid?: string;
  readonly publicCid?: string;
  readonly hasServer: boolean;
  /** Absent: it was deployed by hand. */
  readonly source?: AppSource;
  /** The id of what it was forked from. */
  readonly parentId?: string;
  /** The id of the first app of its line. */
  readonly originId?: string;
  readonly grants: { readonly approved: readonly string[]; readonly pending: readonly string[] };
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a fork is asked to be. */
export interface ForkInput {
  readonly name: string;
  /** Whether the data is copied. Default: yes. */
  readonly storage?: boolean;
  /** Default: the served one. */
  readonly revision?: number;
}

/** A fork that was made. */
export interface ForkDone {
  readonly app: App;
  readonly from: { readonly id: string; readonly name: string; readonly revision: number };
  /** Rows of data that were copied. */
  readonly rows: number;
  /** Pillars (`ds`, `rd`) that hold data which a fork does not copy. */
  readonly left: readonly string[];
}

/** One app of a line of forks. */
export interface LineageNode {
  readonly id: string;
  /** Absent where nobody knows it any more. */
  readonly name?: string;
  /** Absent for the origin. */
  readonly parentId?: string;
  /** `kept`: removed, its data waits; `gone`: removed. */
  readonly state: "active" | "kept" | "gone";
  readonly createdAt?: number;
}

/** Where an app comes from and what came of it. */
export interface Lineage {
  readonly id: string;
  /** The id of the first app of the line. */
  readonly origin: string;
  /** Every living app of the line and what led to it, the oldest first. */
  readonly nodes: readonly LineageNode[];
}

/** A revision as the API shows it. */
export interface Revision {
  readonly n: number;
  readonly id: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly source: string;
  /** The repository it was made of, if it was. */
  readonly origin?: RevisionOrigin;
  readonly message?: string;
  readonly files: number;
  readonly size: number;
  /** Content id of the whole folder, as `fazt fs cid FOLDER` computes it. */
  readonly cid?: string;
  /** Of what visitors may have of it at `/ipfs/`; absent where that is nothing. */
  readonly publicCid?: string;
  readonly hasServer: boolean;
  readonly current: boolean;
  /** Where it is previewed, if it is. */
  readonly preview?: PreviewInfo;
}

/** A revision at an address of its own. */
export interface PreviewInfo {
  readonly revision: number;
  readonly url: string;
  /** Unix ms; from then on nothing answers there. */
  readonly expiresAt: number;
}

/** One file that two revisions do not share. */
export interface FileChange {
  readonly path: string;
  readonly change: "added" | "removed" | "changed";
  readonly from?: { readonly cid: string; readonly size: number };
  readonly to?: { readonly cid: string; readonly size: number };
}

/** A field of the manifest that differs; null where it is absent. */
export interface FieldChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What differs between two revisions of an app. */
export interface RevisionDiff {
  readonly from: number;
  readonly to: number;
  /** By path. */
  readonly files: readonly FileChange[];
  readonly permissions: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** Every other field of the manifest. */
  readonly manifest: readonly FieldChange[];
  /** Where asked for: the text that differs, one for each of `files`. */
  readonly patches?: readonly TextPatch[];
}

/** One file of a revision. */
export interface AppFile {
  readonly path: string;
  readonly cid: string;
  readonly size: number;
  readonly type: string;
}

/** One variable of an app's environment; the value only where it is no secret. */
export interface EnvEntry {
  readonly name: string;
  readonly set: boolean;
  readonly secret: boolean;
  readonly required: boolean;
  readonly description: string | null;
  readonly default: string | null;
  readonly value?: string;
}

/** An app's grants; `pending` ones are asked for and not approved. */
export interface GrantList {
  readonly requested: readonly string[];
  readonly approved: readonly string[];
  readonly pending: readonly string[];
}

/** A host label and where it leads. */
export interface Alias {
  readonly label: string;
  readonly type: "proxy" | "redirect" | "reserved" | "split";
  readonly appId: string | null;
  readonly target: string | null;
  readonly createdAt: number;
  /** Of a split: its apps and their weights, in the order of their ids. */
  readonly split?: readonly {
    readonly appId: string;
    readonly app: string;
    readonly weight: number;
  }[];
}

/** What a deploy by blob difference says. */
export interface DeployInput {
  /** Default: the manifest's. */
  readonly name?: string;
  /** Id of the app to deploy to, whatever its name. */
  readonly app?: string;
  readonly message?: string;
  /** Approves what the manifest asks for, or what of it is named, if the actor may. */
  readonly approve?: boolean | readonly string[];
  /** Where it comes from, for the revision's record. Default `api`. */
  readonly source?: string;
  /** Leaves the served revision as it is; the new one answers at its preview's address. */
  readonly preview?: boolean;
  /** The repository it comes from. */
  readonly origin?: SourceRecord;
  /** The app has to be a new one. */
  readonly fresh?: boolean;
  /** The revision that has to be served still. */
  readonly base?: number;
  readonly files: readonly { readonly path: string; readonly cid: string; readonly size: number }[];
}

/** Blobs the node lacks: nothing changed; upload them and ask again. */
export interface DeployMissing {
  readonly missing: readonly string[];
}

/** A deploy that happened. */
export interface DeployDone {
  readonly app: App;
  readonly revision: Revision;
  /** Of the app, or of the preview. */
  readonly url: string;
  /** Set when the revision is only previewed. */
  readonly preview?: PreviewInfo;
  readonly created: boolean;
  /** Every path and content equals the current revision, so none was made. */
  readonly unchanged: boolean;
  readonly ms: number;
  /** The revision that was served before. */
  readonly previous?: number;
  readonly files: number;
  readonly size: number;
  /** Bytes of blobs that were new to the node, where this call took them in. */
  readonly uploaded?: number;
  readonly warnings: readonly string[];
  readonly grants: { readonly approved: readonly string[]; readonly pending: readonly string[] };
}

/** An app and what it is made of, as an upgrade of it is judged by. */
export interface InstalledApp {
  readonly app: App;
  readonly manifest: Manifest;
  readonly files: readonly AppFile[];
  readonly approved: readonly string[];
  readonly source: SourceRow | undefined;
}

/** What of an app runs without a request. */
export interface AppBackground {
  readonly name: string;
  readonly cron: Manifest["cron"];
  readonly events: Manifest["events"];
  readonly limits: Manifest["limits"];
  /** Approved and still asked for. */
  readonly grants: readonly string[];
}

/** An app that was removed and can be brought back. */
export interface RemovedApp {
  readonly id: string;
  readonly name: string;
  /** Unix ms. */
  readonly removedAt: number;
}
