import { FaztError } from "../../lib/fazt_error.ts";
import { vfsPath } from "../../fs/mod.ts";
import type { Owner } from "../usage.ts";

/** What is known of an object without its content. */
export interface ObjectHead {
  readonly path: string;
  /** Media type, as it stands in `Content-Type`. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Changes with the content; the node's own objects have their cid. Without quotes. */
  readonly etag: string;
  /** What the app noted about it. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Unix ms. */
  readonly updatedAt: number;
}

/** One object of a listing. */
export type ObjectItem = Pick<ObjectHead, "path" | "size" | "etag" | "updatedAt"> & {
  /** Left out where the provider does not tell. */
  readonly type?: string;
};

/** One page of a listing, in UTF-8 order. */
export interface ObjectPage {
  readonly items: readonly ObjectItem[];
  /** Where a delimiter was given: what paths up to it have in common. */
  readonly folders: readonly string[];
  readonly cursor?: string;
}

/** Bytes `start` to `end` (exclusive). */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** An object to write, its path and type checked. */
export interface ObjectInput {
  readonly path: string;
  readonly type: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Content on its way in. */
export interface Upload {
  readonly body: Uint8Array | ReadableStream<Uint8Array>;
  /** Bytes, where known. */
  readonly size?: number | undefined;
  /** Told the bytes so far; what it throws ends the upload. */
  readonly meter: (size: number) => void;
}

/** What a listing asks for. */
export interface ListOptions {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** `/`: what is below a further slash is told as a folder. */
  readonly delimiter?: "/" | undefined;
}

/** A page of everything one app has, all people's together. */
export interface EverythingPage {
  readonly items: readonly { readonly owner: Owner; readonly path: string }[];
  readonly cursor?: string;
}

/** Where objects are: on this node, or in a bucket elsewhere. Paths and ranges were checked. */
export interface ObjectProvider {
  head(owner: Owner, path: string): Promise<ObjectHead | undefined>;
  /** The content that `head` tells of, or a part of it. */
  open(owner: Owner, head: ObjectHead, range: Range): Promise<ReadableStream<Uint8Array>>;
  put(owner: Owner, input: ObjectInput, upload: Upload): Promise<ObjectHead>;
  /** Tells whether there was such an object. */
  delete(owner: Owner, path: string): Promise<boolean>;
  list(owner: Owner, prefix: string, options: ListOptions): Promise<ObjectPage>;
  /** Undefined where there is no object at `from`. */
  copy(owner: Owner, from: string, to: string): Promise<ObjectHead | undefined>;
  /** Everything of one app, for whoever moves it. */
  everything(appId: string, cursor: string | undefined): Promise<EverythingPage>;
}

const TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:\s*;[\t\x20-\x7e]{0,200})?$/;
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const METADATA_BYTES = 1024;
const PREFIX_BYTES = 1024;

/**
 * The one normal form of an object's path; the rules are those of files.
 * @throws {FaztError} `PATH_INVALID`
 */
export const objectPath = (text: string): string => vfsPath(text);

/** @throws {FaztError} `PATH_INVALID` for what no path can begin with. */
export function objectPrefix(text: string): string {
  const prefix = text.normalize("NFC");
  if (text.isWellFormed() && !text.includes("\0") && byteLength(prefix) <= PREFIX_BYTES) {
    return prefix;
  }
  throw new FaztError("PATH_INVALID", "Cannot list: the prefix is too long or not valid text", {
    status: 422,
  });
}

/** @throws {FaztError} `INVALID` for what is no media type or cannot be noted. */
export function checkInput({ path, type, metadata }: ObjectInput): ObjectInput {
  if (!TYPE.test(type)) {
    throw new FaztError("INVALID", `Cannot store "${path}": its type is not a media type`, {
      hint: "a media type is such as image/png or text/plain; charset=utf-8",
    });
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (NAME.test(name) && value.isWellFormed()) continue;
    throw new FaztError(
      "INVALID",
      `Cannot store "${path}": "${name.slice(0, 64)}" is no metadata`,
      {
        hint: "names are lower-case letters, digits, _ and -; values are text",
      },
    );
  }
  if (byteLength(JSON.stringify(metadata)) > METADATA_BYTES) {
    throw new FaztError(
      "TOO_LARGE",
      `Cannot store "${path}": metadata may have 1,024 bytes as JSON`,
      {
        details: { max: METADATA_BYTES },
      },
    );
  }
  return { path: objectPath(path), type, metadata };
}

const byteLength = (text: string) => new TextEncoder().encode(text).length;
