import { FaztError } from "../lib/fazt_error.ts";

/** What the path of every short link begins with. */
export const LINK_PATH = "/r/";

/** Letters, digits and `-_.~`, which no address has to escape (RFC 3986 §2.3); `.` not first. */
export const SLUG = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}$/;

/** How a short link may redirect (RFC 9110 §15.4). */
export const LINK_STATUSES = [301, 302, 307, 308] as const;

/** One of {@link LINK_STATUSES}. */
export type LinkStatus = (typeof LINK_STATUSES)[number];

/** The slug of a path such as `/r/slug`, without its query; undefined for any other. */
export function slugOf(path: string): string | undefined {
  const slug = path.slice(LINK_PATH.length);
  return path.startsWith(LINK_PATH) && SLUG.test(slug) ? slug : undefined;
}

/** @throws {FaztError} `INVALID` unless it can be a short link's name */
export function checkSlug(slug: string): void {
  if (SLUG.test(slug)) return;
  throw new FaztError("INVALID", `Cannot use ${JSON.stringify(slug.slice(0, 80))} as a name`, {
    hint: "write letters, digits and - _ . ~, at most 64, such as spring-sale",
  });
}

/**
 * Checks where a short link leads; returns the address in its normal form.
 * @throws {FaztError} `INVALID`
 */
export function checkLinkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url.href;
  throw new FaztError("INVALID", `Cannot lead to ${JSON.stringify(text.slice(0, 200))}`, {
    hint: "write a whole http or https URL, such as https://example.com/",
  });
}
