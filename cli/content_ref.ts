import { readCid } from "../kernel/fs/mod.ts";
import { apiPath } from "./client.ts";
import { queryOf } from "./query.ts";

/** Content on a node: an app (with a path after `:`) or a cid (with one after `/`). */
export interface ContentRef {
  /** Path of the API that answers for it, without a query. */
  readonly base: string;
  /** Path inside it; empty is the whole. */
  readonly path: string;
}

/** Reads `APP`, `APP:path`, `CID` or `CID/path`, with `/ipfs/` and `ipfs://` before a cid too. */
export function readContentRef(text: string): ContentRef {
  const bare = text.replace(/^(?:ipfs:\/\/|\/ipfs\/)/, "");
  const slash = bare.indexOf("/");
  const head = slash < 0 ? bare : bare.slice(0, slash);
  if (readCid(head) !== undefined) {
    return { base: apiPath`/api/fs/cids/${head}`, path: slash < 0 ? "" : bare.slice(slash + 1) };
  }
  const colon = text.indexOf(":");
  const app = colon < 0 ? text : text.slice(0, colon);
  return { base: apiPath`/api/fs/apps/${app}`, path: colon < 0 ? "" : text.slice(colon + 1) };
}

/** The API's path for it. */
export function contentPath(
  { base, path }: ContentRef,
  { as, revision }: { readonly as?: "bytes" | "car"; readonly revision?: string | undefined } = {},
): string {
  return base + queryOf({ path: path === "" ? undefined : path, as, revision });
}
