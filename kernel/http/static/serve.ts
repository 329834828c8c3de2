import { type FileEntry, isHiddenPath, type Vfs } from "../../fs/mod.ts";
import type { RequestFields } from "../../lib/request_fields.ts";
import { APP_HEADERS, saysWhoFrames } from "../app_headers.ts";
import { notFoundPage, refusedPage } from "../pages.ts";
import { type Encoding, matchesEtag, parseRange, pickEncoding } from "./conditions.ts";
import { decodePath, splitUrl } from "./request_path.ts";
import { extraHeaders, findRedirect } from "./rules.ts";
import type { Site } from "./site.ts";

/**
 * A name with a content hash in it, as build tools write them: `index-BX3k9d2a.js`. Letters and
 * digits go both ways in it: `holiday2`, `60seconds` and `20240101` are names of people's own.
 */
const FINGERPRINTED =
  /[.-](?=\w*[A-Za-z][0-9])(?=\w*[0-9][A-Za-z])\w{8,64}\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|otf|wasm|mp4|webm|json|txt)$/;
const IMMUTABLE = "public, max-age=31536000, immutable";
const REVALIDATE = "public, max-age=0, must-revalidate";

/** Header fields: Deno takes a record faster than a list. */
export type Fields = Readonly<Record<string, string>>;

/** One stored form of a file, with the headers it always has. */
interface Representation {
  readonly cid: string;
  readonly etag: string;
  readonly size: number;
  readonly headers: Fields;
  /** The headers of a 304 (RFC 9110 §15.4.5). */
  readonly bare: Fields;
}

/** No fields: the one object that is looked for. */
export const NOTHING: Fields = {};

const prepared = new WeakMap<FileEntry, Map<Encoding | "", Representation>>();

/** What serving works with. */
export interface StaticDeps {
  readonly site: Site;
  readonly vfs: Vfs;
  /** Of the request. */
  readonly fields: RequestFields;
  /** What every answer of a file says besides. */
  readonly also: Fields;
  /** Told the media type of the file that answers, with all of {@link StaticDeps.also}. */
  readonly found: (type: string) => void;
  /** Told the bytes of each body, those of a large file as they go. */
  readonly sent: { sent(bytes: number): void };
  /** Asked before a file that takes its time is sent; an answer refuses it. */
  readonly admit: () => Response | undefined;
}

/** Serves a file of an app's current revision (contract §4, static). */
export function serveStatic(request: Request, deps: StaticDeps): Response {
  const { site, vfs } = deps;
  const { method } = request;
  if (method !== "GET" && method !== "HEAD") {
    return refusedPage(405, { allow: "GET, HEAD" });
  }
  const { path, query } = splitUrl(request.url);
  const key = decodePath(path);
  if (key === undefined) return refusedPage(400);
  if (site.redirects.length > 0) {
    const redirect = findRedirect(site, path, query);
    if (redirect) return redirectTo(redirect.location, redirect.status);
  }
  const entry = isHiddenPath(key, site.hasServer) ? undefined : lookUp(key, site, vfs);
  if (entry !== undefined) return send(request, { entry, status: 200, deps, path });
  if (
    key !== "" && !key.endsWith("/") && !isHiddenPath(`${key}/`, site.hasServer) &&
    vfs.entry(site.appId, site.revision, `${key}/index.html`)
  ) {
    // A path that begins with two slashes would leave for another host.
    if (!path.startsWith("//")) return redirectTo(`${path}/${query}`, 308);
  }
  const fallback = isNavigation(deps.fields, key) && (
    vfs.entry(site.appId, site.revision, "200.html") ??
      (site.spa ? vfs.entry(site.appId, site.revision, "index.html") : undefined)
  );
  if (fallback) return send(request, { entry: fallback, status: 200, deps, path });
  const missing = vfs.entry(site.appId, site.revision, "404.html");
  if (missing) return send(request, { entry: missing, status: 404, deps, path });
  return notFoundPage(method);
}

function lookUp(key: string, site: Site, vfs: Vfs): FileEntry | undefined {
  const at = (path: string) => vfs.entry(site.appId, site.revision, path);
  if (key === "" || key.endsWith("/")) return at(`${key}index.html`);
  return at(key) ?? (site.cleanUrls ? at(`${key}.html`) : undefined);
}

function isNavigation({ accept }: RequestFields, key: string): boolean {
  const name = key.slice(key.lastIndexOf("/") + 1);
  return !name.includes(".") || accept.includes("text/html");
}

function redirectTo(location: string, status: number): Response {
  return new Response(null, { status, headers: { location, "cache-control": "no-cache" } });
}

interface Sending {
  readonly entry: FileEntry;
  readonly status: number;
  readonly deps: StaticDeps;
  readonly path: string;
}

function send(request: Request, sending: Sending): Response {
  const { entry, status, deps } = sending;
  const { vfs, fields } = deps;
  const rangeHeader = status === 200 && request.method === "GET" ? fields.range : null;
  const encoding = rangeHeader === null ? negotiate(fields, entry) : undefined;
  const form = representation(entry, encoding);
  if (status === 200) {
    const condition = fields.ifNoneMatch;
    if (condition !== null && matchesEtag(condition, form.etag)) {
      return new Response(null, { status: 304, headers: headersOf(form.bare, sending) });
    }
  }
  if (rangeHeader !== null) {
    const part = sendRange(sending, { form, rangeHeader });
    if (part !== undefined) return part;
  }
  const { cid, size } = form;
  const sized = (): Fields => ({
    ...headersOf(form.headers, sending),
    "content-length": String(size),
  });
  if (request.method === "HEAD") return new Response(null, { status, headers: sized() });
  if (size > vfs.streamAbove) {
    return deps.admit() ??
      new Response(vfs.stream(cid, { sent: deps.sent }), { status, headers: sized() });
  }
  const body = vfs.body(cid) as Uint8Array<ArrayBuffer> | string | undefined;
  if (body === undefined) return refusedPage(500);
  deps.sent.sent(size);
  return new Response(body, { status, headers: headersOf(form.headers, sending) });
}

function negotiate({ acceptEncoding }: RequestFields, entry: FileEntry): Encoding | undefined {
  if (entry.brotliCid === undefined && entry.gzipCid === undefined) return undefined;
  if (acceptEncoding === null) return undefined;
  return pickEncoding(acceptEncoding, [
    ...(entry.brotliCid === undefined ? [] : ["br" as const]),
    ...(entry.gzipCid === undefined ? [] : ["gzip" as const]),
  ]);
}

function representation(entry: FileEntry, encoding: Encoding | undefined): Representation {
  let forms = prepared.get(entry);
  if (forms === undefined) prepared.set(entry, forms = new Map());
  let form = forms.get(encoding ?? "");
  if (form !== undefined) return form;
  const cid = encoding === "br"
    ? entry.brotliCid!
    : encoding === "gzip"
    ? entry.gzipCid!
    : entry.cid;
  const size = encoding === "br"
    ? entry.brotliSize!
    : encoding === "gzip"
    ? entry.gzipSize!
    : entry.size;
  const etag = `"${cid}"`;
  const caching = entry.type.startsWith("text/html")
    ? "no-cache"
    : FINGERPRINTED.test(entry.path)
    ? IMMUTABLE
    : REVALIDATE;
  const varies = entry.brotliCid !== undefined || entry.gzipCid !== undefined;
  const bare: Fields = {
    etag,
    "cache-control": caching,
    ...varies ? { vary: "accept-encoding" } : {},
  };
  const headers: Fields = {
    "content-type": entry.type,
    ...bare,
    ...Object.fromEntries(APP_HEADERS),
    ...encoding === undefined ? { "accept-ranges": "bytes" } : { "content-encoding": encoding },
  };
  form = { cid, etag, size, headers, bare };
  forms.set(encoding ?? "", form);
  return form;
}

/** What an answer says: of the file itself, of every answer, and what the app adds or changes. */
function headersOf(
  own: Fields,
  { entry, deps: { site, also, found }, path }: Sending,
): Fields {
  found(entry.type);
  const extras = site.headers.length === 0 ? NOTHING : extraHeaders(site, path);
  if (extras === NOTHING && also === NOTHING) return own;
  const headers = { ...own, ...extras, ...also };
  if (saysWhoFrames(extras["content-security-policy"]) && !("x-frame-options" in extras)) {
    delete headers["x-frame-options"];
  }
  return headers;
}

function sendRange(
  sending: Sending,
  { form, rangeHeader }: { readonly form: Representation; readonly rangeHeader: string },
): Response | undefined {
  const { vfs, fields, sent, admit } = sending.deps;
  if (fields.ifRange !== null && fields.ifRange !== form.etag) return undefined;
  const range = parseRange(rangeHeader, form.size);
  if (range === undefined) return undefined;
  if (range === "unsatisfiable") {
    return new Response(null, {
      status: 416,
      headers: [["content-range", `bytes */${form.size}`]],
    });
  }
  const { start, end } = range;
  const headers = (): Fields => ({
    ...headersOf(form.headers, sending),
    "content-range": `bytes ${start}-${end - 1}/${form.size}`,
    "content-length": String(end - start),
  });
  if (form.size > vfs.streamAbove) {
    return admit() ??
      new Response(vfs.stream(form.cid, { ...range, sent }), { status: 206, headers: headers() });
  }
  sent.sent(end - start);
  const body = vfs.read(form.cid)!.slice(start, end) as Uint8Array<ArrayBuffer>;
  return new Response(body, { status: 206, headers: headers() });
}
