import { vfsPath } from "../fs/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { refFault } from "../lib/git_ref.ts";

/** A folder of a repository, as somebody names it. */
export interface GitSource {
  readonly kind: "git";
  /** Of the repository: scheme, host, path; no credential, query or fragment. */
  readonly url: string;
  /** Folder inside it; empty is all of it. */
  readonly path: string;
  /** Branch, tag or commit; absent is the default branch. */
  readonly ref?: string;
}

/** An app of a marketplace, as somebody names it. */
export interface MarketSource {
  readonly kind: "market";
  /** Absent: whichever has it. */
  readonly market?: string;
  readonly app: string;
  readonly ref?: string;
}

/** What {@link parseSource} reads. */
export type ParsedSource = GitSource | MarketSource;

/** The longest text that is read. */
const MAX_TEXT = 2000;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SCP = /^[\w.-]+@([\w.-]+):(.+)$/;

/**
 * Reads a source:
 *
 * ```
 * source  = (short / url / market) ["@" ref]
 * short   = host "/" owner "/" repo *("/" segment)     a dot in the host; HTTPS is meant
 *         / host 1*("/" segment) ".git" *("/" segment) the repository ends where .git stands
 * url     = ("https" / "http") "://" host [":" port] 1*("/" segment) ["#" folder]
 * market  = [name "/"] app
 * ```
 *
 * The ref begins after the last `@`; an `@` or `#` that is part of a name is written `%40`, `%23`.
 * @throws {FaztError} `SOURCE_INVALID`
 */
export function parseSource(text: string): ParsedSource {
  const input = text.trim();
  if (input === "" || input.length > MAX_TEXT || !input.isWellFormed()) {
    throw invalid(input, "it is empty or too long");
  }
  const scp = SCP.exec(input);
  if (scp && !input.includes("://")) throw sshUsed(input, `https://${scp[1]}/${scp[2]}`);
  const at = input.lastIndexOf("@");
  // What stands before the host is a credential, not a ref.
  const afterHost = at > (/^[^/]*:\/\/[^/]*/.exec(input)?.[0].length ?? 0);
  const [body, ref] = at > 0 && afterHost
    ? [input.slice(0, at), decoded(input.slice(at + 1), input)]
    : [input];
  const fault = ref === undefined ? undefined : refFault(ref);
  if (fault !== undefined) throw invalid(input, `"${ref!.slice(0, 80)}" is no ref: ${fault}`);
  const withRef = ref === undefined ? {} : { ref };
  if (/^[a-z][a-z0-9+.-]*:/i.test(body) && !/^[\w.-]+:\d+\//.test(body)) {
    return { ...readUrl(body, input), ...withRef };
  }
  const [first = "", ...rest] = body.split("/");
  if (first.includes(".") || first.includes(":")) {
    return { ...readShort(first, rest, input), ...withRef };
  }
  const [market, app] = rest.length === 0 ? [undefined, first] : [first, rest.join("/")];
  if (!LABEL.test(app) || (market !== undefined && !LABEL.test(market))) {
    throw invalid(input, "it is neither a repository nor an app of a marketplace");
  }
  return { kind: "market", ...(market === undefined ? {} : { market }), app, ...withRef };
}

/** The text that {@link parseSource} reads as this. */
export function formatSource(source: ParsedSource): string {
  const ref = source.ref === undefined ? "" : `@${escaped(source.ref)}`;
  if (source.kind === "market") {
    return (source.market === undefined ? "" : `${source.market}/`) + source.app + ref;
  }
  const { url, path } = source;
  const short = /^https:\/\/([^/:]*\.[^/:]*)\/([^/]+)\/([^/]+?)$/.exec(url);
  if (short && !short[3]!.endsWith(".git") && !/%/.test(url)) {
    return short.slice(1).join("/") + (path === "" ? "" : `/${escaped(path)}`) + ref;
  }
  return url.replaceAll("@", "%40") + (path === "" ? "" : `#${escaped(path)}`) + ref;
}

/** Whether two URLs mean one repository: a trailing slash or `.git` makes no other one. */
export function sameRepository(a: string, b: string): boolean {
  const plain = (url: string) => url.replace(/\/+$/, "").replace(/\.git$/, "");
  return plain(a) === plain(b);
}

/** Whether a host stands in a URL's path as a web page of it does. */
const WEB_PAGE = /\/(?:-\/)?(?:tree|blob|src\/branch)\/([^/]+)(?:\/(.*))?$/;

function readUrl(body: string, input: string): GitSource {
  const [before, folder, ...more] = body.split("#");
  const url = URL.parse(before!);
  if (url === null || more.length > 0) throw invalid(input, "its URL cannot be read");
  if (url.protocol === "ssh:" || url.protocol === "git:") {
    throw sshUsed(input, `https://${url.hostname}${url.pathname}`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw invalid(input, "only https: and http: URLs can be fetched");
  }
  if (url.username !== "" || url.password !== "") {
    throw new FaztError("SOURCE_INVALID", "Cannot use this source: it carries a credential", {
      hint: "keep it as a secret (fazt secret set GIT_TOKEN) and name it: --auth GIT_TOKEN",
      status: 422,
    });
  }
  if (url.search !== "") throw invalid(input, "its URL has a query");
  const page = WEB_PAGE.exec(url.pathname);
  if (page && folder === undefined) {
    const repository = url.host + url.pathname.slice(0, page.index);
    throw invalid(
      input,
      "it is a page about a repository",
      `write ${repository}${page[2] ? `/${page[2]}` : ""}@${page[1]}`,
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, "");
  if (url.pathname.length < 2) throw invalid(input, "it names no repository");
  return { kind: "git", url: url.href, path: readFolder(folder ?? "", input) };
}

function readShort(host: string, segments: readonly string[], input: string): GitSource {
  const parts = segments.at(-1) === "" ? segments.slice(0, -1) : segments;
  const dotGit = parts.findIndex((part) => part.endsWith(".git"));
  const end = dotGit < 0 ? 2 : dotGit + 1;
  if (parts.length < end || parts.some((part) => part === "")) {
    throw invalid(input, "it names no repository");
  }
  const url = URL.parse(`https://${host}/${parts.slice(0, end).join("/")}`);
  if (url === null || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw invalid(input, "it cannot be read");
  }
  return { kind: "git", url: url.href, path: readFolder(parts.slice(end).join("/"), input) };
}

function readFolder(text: string, input: string): string {
  const folder = decoded(text, input).replace(/^\/+|\/+$/g, "");
  if (folder === "" || folder === ".") return "";
  try {
    return vfsPath(folder);
  } catch {
    throw invalid(input, `"${folder.slice(0, 80)}" is no folder of a repository`);
  }
}

function decoded(text: string, input: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(input, "a % in it is not followed by two hex digits");
  }
}

const escaped = (text: string) =>
  text.replace(/[%@#?\s]/g, (character) => encodeURIComponent(character));

function sshUsed(input: string, instead: string): FaztError {
  return invalid(input, "repositories are fetched over HTTPS", `write ${instead.slice(0, 200)}`);
}

function invalid(
  input: string,
  why: string,
  hint = "write github.com/user/repo/folder@ref, https://host/repo.git#folder@ref or market/app",
): FaztError {
  // A credential may stand before the host: it is not repeated.
  const shown = JSON.stringify(input.replace(/\/\/[^/@]*@/, "//…@").slice(0, 100));
  return new FaztError("SOURCE_INVALID", `Cannot use the source ${shown}: ${why}`, {
    hint,
    status: 422,
  });
}
