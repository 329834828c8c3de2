import { FaztError } from "../lib/fazt_error.ts";

/** A header's name, in lower case once it was read, and its value, one character a byte. */
export type Header = readonly [name: string, value: string];

/** About one connection and not about the message (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** What the node says itself: where a request goes and where its body ends. */
const OURS = new Set(["host", "content-length", "expect", "http2-settings"]);
/** What was meant for one origin only. */
const CREDENTIALS = new Set(["authorization", "cookie"]);
/** What describes a body that is no longer sent (Fetch standard, HTTP-redirect fetch). */
const ABOUT_BODY = new Set([
  "content-encoding",
  "content-language",
  "content-location",
  "content-type",
]);

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Bytes that the headers of one request may have together. */
const MAX_BYTES = 65_536;
const MAX_COUNT = 200;

/** Whether `name` is the name of a header that a request may carry from outside. */
export function isSettable(name: string): boolean {
  const lower = name.toLowerCase();
  return TOKEN.test(name) && !HOP_BY_HOP.has(lower) && !OURS.has(lower) &&
    !lower.startsWith("proxy-");
}

/** Whether a header can carry the text at all. */
export function isHeaderValue(text: string): boolean {
  return VALUE.test(text) && text.length <= MAX_BYTES;
}

/**
 * The headers an app asks for, without those that are not its to set: they are left out
 * without a word, as the Fetch standard does with forbidden names.
 * @throws {FaztError} `INVALID` for what is no header at all.
 */
export function requestHeaders(input: readonly Header[]): Header[] {
  let bytes = 0;
  const headers: Header[] = [];
  for (const [name, raw] of input) {
    const value = raw.replace(/^[\t\r\n ]+|[\t\r\n ]+$/g, "");
    if (!TOKEN.test(name) || !VALUE.test(value)) {
      throw new FaztError("INVALID", "Cannot send this request: a header is malformed", {
        ...(TOKEN.test(name) ? { details: { header: name } } : {}),
        hint: "names are tokens; values have no line breaks and no characters past U+00FF",
      });
    }
    bytes += name.length + value.length + 4;
    if (isSettable(name)) headers.push([name.toLowerCase(), value]);
  }
  if (bytes > MAX_BYTES || input.length > MAX_COUNT) {
    throw new FaztError("INVALID", "Cannot send this request: its headers are too large", {
      details: { maxBytes: MAX_BYTES, maxCount: MAX_COUNT },
    });
  }
  return headers;
}

/** The headers of an answer that are about it and not about the connection it came by. */
export function responseHeaders(input: readonly Header[]): Header[] {
  const named = input.filter(([name]) => name === "connection")
    .flatMap(([, value]) => value.toLowerCase().split(",").map((name) => name.trim()));
  return input.filter(([name]) => !HOP_BY_HOP.has(name) && !named.includes(name));
}

/** Headers for another origin: what identified the caller at the first is gone. */
export function withoutCredentials(headers: readonly Header[]): Header[] {
  return headers.filter(([name]) => !CREDENTIALS.has(name));
}

/** Headers of a request that lost its body on a redirect. */
export function withoutBody(headers: readonly Header[]): Header[] {
  return headers.filter(([name]) => !ABOUT_BODY.has(name));
}

/** The first value of a header. */
export function headerOf(headers: readonly Header[], name: string): string | undefined {
  return headers.find(([key]) => key === name)?.[1];
}

/** The headers with every value of one replaced by one. */
export function withHeader(headers: readonly Header[], [name, value]: Header): Header[] {
  return [...headers.filter(([key]) => key !== name), [name, value]];
}
