/** `node:url`: the web's URL classes, and the older parser for code that still calls it. */
import { format as formatOld, parse, resolve } from "url";

const URL = globalThis.URL;
const URLSearchParams = globalThis.URLSearchParams;

/** `url.format()` for URL objects as well as for the older shape. */
function format(url: unknown): string {
  return url instanceof URL ? url.href : formatOld(url as string);
}

/** Path of a `file:` URL; POSIX only. */
function fileURLToPath(url: string | URL): string {
  const { protocol, pathname } = new URL(url);
  if (protocol !== "file:") throw new TypeError("The URL must be of scheme file");
  if (/%2f/i.test(pathname)) throw new TypeError("File URL path must not include encoded /");
  return decodeURIComponent(pathname);
}

/** `file:` URL of an absolute path; POSIX only. */
function pathToFileURL(path: string): URL {
  const url = new URL("file:///");
  url.pathname = path.replaceAll("%", "%25").replaceAll("?", "%3F").replaceAll("#", "%23");
  return url;
}

/** The host part of a special URL in its ASCII form; empty when it is not a host. */
function domainToASCII(domain: string): string {
  return URL.parse(`ws://${domain}`)?.hostname ?? "";
}

const url = {
  URL,
  URLSearchParams,
  domainToASCII,
  fileURLToPath,
  format,
  parse,
  pathToFileURL,
  resolve,
};

export {
  domainToASCII,
  fileURLToPath,
  format,
  parse,
  pathToFileURL,
  resolve,
  URL,
  URLSearchParams,
};
export default url;
