/** A tree of files that content is found in. */
export type Tree =
  | {
    readonly of: "revision";
    readonly appId: string;
    readonly revision: number;
    /** Whether hidden paths are part of it: then its folders have other cids than for visitors. */
    readonly whole: boolean;
    readonly hasServer: boolean;
  }
  | { readonly of: "pin"; readonly appId: string; readonly pin: string };

/** A file that was found. */
export interface FilePlace {
  readonly kind: "file";
  readonly cid: string;
  /** Names its bytes; another than `cid` where others laid the file out. */
  readonly blobCid: string;
  readonly size: number;
  readonly tree: Tree;
}

/** A folder that was found. */
export interface FolderPlace {
  readonly kind: "folder";
  readonly cid: string;
  readonly tree: Tree;
  /** Its path in the tree; `""` is the top. */
  readonly path: string;
}

/** Content that was found by its cid or below one. */
export type Place = FilePlace | FolderPlace;

/**
 * For whom content is looked up. A cid is no key to anything: visitors get what is public, an app
 * its own and what is public, the owner everything.
 */
export type Reader = "visitor" | "owner" | { readonly appId: string };

/** One line of a folder's listing. */
export interface ListedEntry {
  readonly name: string;
  readonly kind: "file" | "folder";
  readonly cid: string;
  /** Bytes, of a folder those of the files below it. */
  readonly size: number;
}

/** A pin as it is shown. */
export interface Pin {
  /** Absent where it is the owner's. */
  readonly appId?: string;
  readonly cid: string;
  readonly name: string;
  readonly kind: "file" | "folder";
  /** Bytes. */
  readonly size: number;
  readonly files: number;
  /** Whether visitors may read it at `/ipfs/`. */
  readonly public: boolean;
  readonly userId: string;
  readonly createdAt: number;
}
