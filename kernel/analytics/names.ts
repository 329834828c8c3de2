/** What is counted by name. */
export const NAME_KINDS = [
  "path",
  "referrer",
  "country",
  "device",
  "browser",
  "os",
  "status",
  "event",
] as const;

/** One of {@link NAME_KINDS}. */
export type NameKind = (typeof NAME_KINDS)[number];

/** The name that stands for all that were too many. */
export const OTHER = "(other)";

const MAX_PATH = 200;

/** A path as it is counted: what it is, not what hangs on it, printable and not too long. */
export function pathName(path: string): string {
  const end = path.search(/[?#]/);
  return printable(end < 0 ? path : path.slice(0, end)).slice(0, MAX_PATH) || "/";
}

/**
 * The host that a visitor came from; "" for none that is told, undefined for the page's own host.
 * Nothing else of a `Referer` is kept: the rest can say who somebody is.
 */
export function referrerName(field: string | null, ownHost: string): string | undefined {
  if (field === null || field === "") return "";
  if (field.length > 4096) return "";
  let url: URL;
  try {
    url = new URL(field);
  } catch {
    return "";
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return "";
  const host = printable(url.hostname.replace(/^www\./, "")).slice(0, MAX_PATH);
  return host === ownHost.replace(/:\d+$/, "").replace(/^www\./, "") ? undefined : host;
}

/** An ISO 3166-1 code as a proxy tells it; undefined for anything else, unknown places among it. */
export function countryName(field: string | null): string | undefined {
  const text = field?.trim().toUpperCase() ?? "";
  return /^[A-Z]{2}$/.test(text) && text !== "XX" && text !== "ZZ" ? text : undefined;
}

/** A name an app's page gives to what happens on it. */
export const EVENT_NAME = /^[A-Za-z0-9][A-Za-z0-9 _.:/-]{0,63}$/;

/** Nothing a terminal, a table or a page of another direction would act upon. */
function printable(text: string): string {
  return text.toWellFormed().replace(
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    "\ufffd",
  );
}
