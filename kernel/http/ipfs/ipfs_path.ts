import { type AnyCid, readCid } from "../../fs/mod.ts";
import { decodePath } from "../static/mod.ts";

/** What a path below `/ipfs/` says. */
export type IpfsPath =
  /** No cid at all: whatever it is, it is none of ours. */
  | { readonly kind: "none" }
  /** A cid of content that cannot be here, or a path that could be read in two ways. */
  | { readonly kind: "bad" }
  /** The same in another form: where it stands in the one form. */
  | { readonly kind: "moved"; readonly location: string }
  | {
    readonly kind: "content";
    readonly cid: AnyCid;
    /** Names below the cid, decoded; without slashes at its ends. */
    readonly rest: string;
    /** Whether it ends with a slash. */
    readonly slash: boolean;
  };

/** Reads a URL path that begins with `/ipfs/`. */
export function readIpfsPath(path: string, query: string): IpfsPath {
  const from = "/ipfs/".length;
  const end = path.indexOf("/", from);
  const written = path.slice(from, end < 0 ? undefined : end);
  const cid = readCid(written);
  if (cid === undefined) return { kind: "none" };
  if (cid === "unsupported") return { kind: "bad" };
  const below = end < 0 ? "" : path.slice(end);
  if (cid.text !== written) {
    return { kind: "moved", location: `/ipfs/${cid.text}${below}${query}` };
  }
  const key = below === "" ? "" : decodePath(below);
  if (key === undefined) return { kind: "bad" };
  const slash = below.endsWith("/");
  const rest = slash ? key.slice(0, -1) : key;
  const names = rest === "" ? [] : rest.split("/");
  if (names.some((name) => name === "" || name === "." || name === "..")) return { kind: "bad" };
  if (rest === "" && key.length > 0) return { kind: "bad" };
  return { kind: "content", cid, rest, slash: slash || below === "/" };
}
