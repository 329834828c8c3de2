/** Whether an `If-None-Match` value names this entity tag (RFC 9110 §13.1.2, weak comparison). */
export function matchesEtag(header: string, etag: string): boolean {
  if (header.trim() === "*") return true;
  return header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
}

/** Encodings we keep variants of. */
export type Encoding = "br" | "gzip";

/**
 * The best of what is there for an `Accept-Encoding` (RFC 9110 §12.5.3): highest weight, and of
 * equals the smaller format. Undefined is identity.
 */
export function pickEncoding(header: string, available: readonly Encoding[]): Encoding | undefined {
  // What every browser sends, without taking it apart.
  if (!header.includes(";")) return available.find((encoding) => hasToken(header, encoding));
  const weights = new Map<string, number>();
  for (const part of header.toLowerCase().split(",")) {
    const [name, ...parameters] = part.split(";").map((text) => text.trim());
    const q = parameters.find((text) => text.startsWith("q="));
    weights.set(name!, q === undefined ? 1 : Number(q.slice(2)) || 0);
  }
  const weightOf = (name: string) => weights.get(name) ?? weights.get("*") ?? 0;
  let best: Encoding | undefined;
  let bestWeight = 0;
  for (const encoding of available) {
    if (weightOf(encoding) > bestWeight) [best, bestWeight] = [encoding, weightOf(encoding)];
  }
  return bestWeight >= (weights.get("identity") ?? 0) ? best : undefined;
}

function hasToken(header: string, token: string): boolean {
  return header.split(",").some((one) => one.trim().toLowerCase() === token);
}

/** Bytes `start` to `end` (exclusive) of a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * One byte range (RFC 9110 §14.1.2). Undefined means the header is to be ignored: not bytes, not
 * well-formed, or several ranges at once.
 */
export function parseRange(header: string, size: number): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.replaceAll(" ", ""));
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const last = Number(match[2]);
    return last === 0 || size === 0
      ? "unsatisfiable"
      : { start: Math.max(0, size - last), end: size };
  }
  const start = Number(match[1]);
  const end = match[2] === "" ? size : Math.min(size, Number(match[2]) + 1);
  if (match[2] !== "" && Number(match[2]) < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, end };
}
