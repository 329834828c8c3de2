/** What a cid names never changes. */
export const IMMUTABLE = "public, max-age=29536000, immutable";

/**
 * Fields of every answer below `/ipfs/`. The content is anybody's: whatever of it a browser shows
 * has an origin of its own, runs nothing and submits nothing.
 */
export function commonHeaders(path: string): [string, string][] {
  return [
    ["content-security-policy", "sandbox"],
    ["x-content-type-options", "nosniff"],
    ["access-control-allow-origin", "*"],
    ["access-control-expose-headers", "content-length, content-range, x-ipfs-path"],
    ["cross-origin-resource-policy", "cross-origin"],
    ["x-ipfs-path", path],
  ];
}
