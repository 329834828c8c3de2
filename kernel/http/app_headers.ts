/** Fields of everything apps answer, unless an app says something else in its place. */
export const APP_HEADERS: readonly (readonly [string, string])[] = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "strict-origin-when-cross-origin"],
  ["x-frame-options", "SAMEORIGIN"],
];

/**
 * Adds what an answer of app code does not say itself. It is made for one visitor: unless the app
 * says otherwise, no cache that several share may keep it (RFC 9111 §5.2.2.7).
 */
export function protect(response: Response): Response {
  const { headers } = response;
  if (!headers.has("cache-control")) headers.set("cache-control", "private");
  for (const [name, value] of APP_HEADERS) {
    if (headers.has(name)) continue;
    if (name === "x-frame-options" && saysWhoFrames(headers.get("content-security-policy"))) {
      continue;
    }
    headers.set(name, value);
  }
  return response;
}

/** Whether a policy says who may frame the page: the older field would only contradict it. */
export function saysWhoFrames(policy: string | null | undefined): boolean {
  return /(?:^|;)\s*frame-ancestors\s/i.test(policy ?? "");
}
