import type { Content, FilePlace, FolderPlace, Place } from "../../content/mod.ts";
import type { Vfs } from "../../fs/mod.ts";
import { notFoundPage, refusedPage } from "../pages.ts";
import { matchesEtag, parseRange, splitUrl } from "../static/mod.ts";
import { namedType, sniffType } from "./content_type.ts";
import { dagAnswer, wantedFormat } from "./dag_answer.ts";
import { commonHeaders, IMMUTABLE } from "./headers.ts";
import { readIpfsPath } from "./ipfs_path.ts";
import { listingPage } from "./listing.ts";

/** Listings say nothing new either, but how they look may change. */
const LISTING_CACHE = "public, max-age=604800";
/** Changes with what a listing looks like. */
const LISTING_VERSION = 1;
/** Bytes that tell the type of content without a name. */
const HEAD_BYTES = 512;

/** What serving content works with. */
export interface IpfsDeps {
  readonly content: Content;
  readonly vfs: Vfs;
  /**
   * The app whose host this is; `""` is the host of nothing but content, undefined that of the
   * dashboard, where none of it is at home.
   */
  readonly host: string | undefined;
  /** Who pays for what is sent; an answer refuses it. */
  readonly traffic: (appId: string) => { sent(bytes: number): void } | Response;
  /** Asked before an answer that takes its time; an answer refuses it. */
  readonly admit: () => Response | undefined;
  /** Asked before an answer that takes work; an answer refuses it. */
  readonly rate: () => Response | undefined;
}

/**
 * Answers `/ipfs/{cid}[/path]` (contract §4): public content by its id, on every host of the node.
 * Undefined where the path holds no cid: then it is somebody else's.
 */
export function serveIpfs(
  request: Request,
  deps: IpfsDeps,
): Response | Promise<Response> | undefined {
  const { path, query } = splitUrl(request.url);
  const read = readIpfsPath(path, query);
  if (read.kind === "none") return undefined;
  const { method } = request;
  if (method !== "GET" && method !== "HEAD") return refusedPage(405, { allow: "GET, HEAD" });
  if (read.kind === "bad") return refusedPage(400);
  if (read.kind === "moved") return moved(read.location);
  const root = deps.content.find(read.cid.text, "visitor");
  const place = root && placeBelow(deps.content, root, read.rest);
  if (root === undefined || place === undefined) return notFoundPage(method);
  const params = new URLSearchParams(query);
  const wanted = wantedFormat(request, params);
  if (wanted === "bad") return refusedPage(400);
  const isFile = place.kind === "file";
  if (wanted === undefined && isFile === read.slash) {
    return isFile ? notFoundPage(method) : moved(`${path}/${query}`);
  }
  const sent = deps.traffic(place.tree.appId);
  if (sent instanceof Response) return sent;
  const serving: Serving = {
    request,
    deps,
    sent,
    headers: commonHeaders(path),
    name: params.get("filename") ?? (read.rest === "" ? undefined : read.rest),
    download: params.get("download") === "true",
    isNamed: params.has("filename"),
  };
  if (wanted !== undefined) {
    const refused = deps.rate() ?? deps.admit();
    if (refused) return refused;
    const { content } = deps;
    const way = foldersTo(content, root, read.rest);
    return dagAnswer(request, { ...serving, content, way, place, wanted });
  }
  return isFile ? sendFile(place, serving) : sendFolder(place, serving, {
    title: decodeURIComponent(path),
    hasParent: read.rest !== "",
  });
}

interface Serving {
  readonly request: Request;
  readonly deps: IpfsDeps;
  readonly sent: { sent(bytes: number): void };
  readonly headers: readonly [string, string][];
  /** What tells the type, if anything does. */
  readonly name: string | undefined;
  /** Whether the request itself gave the name. */
  readonly isNamed: boolean;
  readonly download: boolean;
}

function placeBelow(content: Content, root: Place, rest: string): Place | undefined {
  if (rest === "") return root;
  return root.kind === "folder" ? content.below(root, rest) : undefined;
}

/** The folders above a path that is there, the top first. */
function foldersTo(content: Content, root: Place, rest: string): FolderPlace[] {
  const names = rest === "" ? [] : rest.split("/");
  return names.flatMap((_, i) => {
    const folder = placeBelow(content, root, names.slice(0, i).join("/"));
    return folder?.kind === "folder" ? [folder] : [];
  });
}

function moved(location: string): Response {
  return new Response(null, {
    status: 301,
    headers: { location, "cache-control": IMMUTABLE, "access-control-allow-origin": "*" },
  });
}

function sendFile(place: FilePlace, serving: Serving): Response {
  const { request, deps: { vfs, admit }, sent, headers } = serving;
  const etag = `"${place.cid}"`;
  const kept: [string, string][] = [...headers, ["etag", etag], ["cache-control", IMMUTABLE]];
  const condition = request.headers.get("if-none-match");
  if (condition !== null && matchesEtag(condition, etag)) {
    return new Response(null, { status: 304, headers: kept });
  }
  const all: [string, string][] = [
    ...kept,
    ["content-type", typeOf(place, serving)],
    ["accept-ranges", "bytes"],
    ...disposition(serving),
  ];
  const range = rangeOf(request, { etag, size: place.size });
  if (range === "unsatisfiable") {
    return new Response(null, {
      status: 416,
      headers: [["content-range", `bytes */${place.size}`], ["cache-control", "no-store"]],
    });
  }
  const { start, end } = range ?? { start: 0, end: place.size };
  const status = range === undefined ? 200 : 206;
  if (range) all.push(["content-range", `bytes ${start}-${end - 1}/${place.size}`]);
  all.push(["content-length", String(end - start)]);
  if (request.method === "HEAD") return new Response(null, { status, headers: all });
  if (place.size > vfs.streamAbove) {
    const body = vfs.stream(place.blobCid, { start, end, sent });
    return admit() ?? new Response(body, { status, headers: all });
  }
  const bytes = vfs.read(place.blobCid);
  if (bytes === undefined) return refusedPage(500);
  sent.sent(end - start);
  return new Response(bytes.subarray(start, end) as Uint8Array<ArrayBuffer>, {
    status,
    headers: all,
  });
}

function rangeOf(
  request: Request,
  { etag, size }: { readonly etag: string; readonly size: number },
) {
  const header = request.method === "GET" ? request.headers.get("range") : null;
  const condition = request.headers.get("if-range");
  if (header === null || (condition !== null && condition !== etag)) return undefined;
  return parseRange(header, size);
}

function typeOf(place: FilePlace, { deps: { vfs, host }, name }: Serving): string {
  const { tree } = place;
  // What was pinned may come from an app's visitors: it is at home on no app's host.
  const atHome = host === "" || (tree.of === "revision" && tree.appId === host);
  if (name !== undefined) return namedType(name, atHome);
  const end = Math.min(place.size, HEAD_BYTES);
  return sniffType(end === 0 ? new Uint8Array() : vfs.part(place.blobCid, { start: 0, end }));
}

function disposition({ name, isNamed, download }: Serving): [string, string][] {
  if (!isNamed && !download) return [];
  const kind = download ? "attachment" : "inline";
  const last = name?.toWellFormed().slice(-200).split("/").at(-1) ?? "";
  const encoded = encodeURIComponent(last).replace(/['()*]/g, escapeChar);
  return [["content-disposition", encoded ? `${kind}; filename*=UTF-8''${encoded}` : kind]];
}

const escapeChar = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

async function sendFolder(
  place: FolderPlace,
  serving: Serving,
  facts: { readonly title: string; readonly hasParent: boolean },
): Promise<Response> {
  const { request, deps, headers, sent } = serving;
  const wantsJson = /\bapplication\/json\b/.test(request.headers.get("accept") ?? "");
  const index = wantsJson ? undefined : deps.content.below(place, "index.html");
  if (index?.kind === "file") {
    const vary: [string, string][] = [...headers, ["vary", "accept"]];
    return sendFile(index, { ...serving, headers: vary, name: "index.html" });
  }
  const etag = `"list-${LISTING_VERSION}-${wantsJson ? "json" : "html"}-${place.cid}"`;
  const all: [string, string][] = [
    ...headers.filter(([name]) => name !== "content-security-policy"),
    ["content-security-policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'"],
    ["etag", etag],
    ["cache-control", LISTING_CACHE],
    ["vary", "accept"],
  ];
  const condition = request.headers.get("if-none-match");
  if (condition !== null && matchesEtag(condition, etag)) {
    return new Response(null, { status: 304, headers: all });
  }
  const refused = deps.rate() ?? deps.admit();
  if (refused) return refused;
  const entries = await deps.content.list(place);
  const text = wantsJson
    ? JSON.stringify({ data: { cid: place.cid, entries } })
    : listingPage(entries, facts);
  all.push(["content-type", wantsJson ? "application/json" : "text/html; charset=utf-8"]);
  const body = new TextEncoder().encode(text);
  all.push(["content-length", String(body.length)]);
  if (request.method === "HEAD") return new Response(null, { headers: all });
  sent.sent(body.length);
  return new Response(body, { headers: all });
}
