/** One app of a split label, and its part of the visitors relative to the others. */
export interface SplitRoute {
  readonly appId: string;
  /** A positive whole number. */
  readonly weight: number;
}

/** Buckets that visitors are spread over; a visitor stays in one. */
export const BUCKETS = 10_000;

/** Holds the visitor's bucket, on the split host only. */
const COOKIE = "fazt-split";
/** Over TLS the prefix keeps other hosts from setting it (RFC 6265bis §4.1.3.2). */
const SECURE_COOKIE = `__Host-${COOKIE}`;
const COOKIE_SECONDS = 90 * 86_400;

/** The app of a bucket: routes take ranges of buckets in their order, as wide as their weight. */
export function routeOf(routes: readonly SplitRoute[], bucket: number): string | undefined {
  const total = routes.reduce((sum, { weight }) => sum + weight, 0);
  let end = 0;
  for (const { appId, weight } of routes) {
    end += weight;
    if (bucket * total < end * BUCKETS) return appId;
  }
  return undefined;
}

/** The bucket a visitor's cookies name; undefined without one that can be believed. */
export function bucketOf(cookies: string | null): number | undefined {
  if (cookies === null || !cookies.includes(COOKIE)) return undefined;
  const values = new Map<string, string>();
  for (const part of cookies.split(";")) {
    const name = nameOf(part);
    // Of two the first is the one of the longer path or the older one (RFC 6265 §5.4).
    if (isOurs(name) && !values.has(name)) values.set(name, part.slice(part.indexOf("=") + 1));
  }
  const value = (values.get(SECURE_COOKIE) ?? values.get(COOKIE) ?? "").trim();
  return /^\d{1,4}$/.test(value) ? Number(value) : undefined;
}

/** A `Set-Cookie` that keeps a visitor in a bucket; it says nothing else of them. */
export function bucketCookie(bucket: number, secure: boolean): string {
  return `${secure ? SECURE_COOKIE : COOKIE}=${bucket}; Path=/; Max-Age=${COOKIE_SECONDS}; ` +
    `HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** A `Cookie` field without ours: app code never sees it; undefined when nothing is left. */
export function withoutBucket(cookies: string): string | undefined {
  const kept = cookies.split(";").filter((part) => !isOurs(nameOf(part)));
  return kept.map((part) => part.trim()).filter((part) => part !== "").join("; ") || undefined;
}

/** Whether a `Set-Cookie` of an app would set ours. */
export function setsBucket(setCookie: string): boolean {
  return isOurs(nameOf(setCookie.split(";", 1)[0]!));
}

function nameOf(pair: string): string {
  return pair.split("=", 1)[0]!.trim();
}

/** User agents compare the prefix whatever its case (RFC 6265bis §5.4); the name we do as well. */
function isOurs(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === COOKIE || lower === SECURE_COOKIE.toLowerCase();
}
