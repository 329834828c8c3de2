import { mimeOf } from "../../fs/mod.ts";

const OCTETS = "application/octet-stream";
const TEXT = "text/plain; charset=utf-8";

/** First bytes, in hex, of formats that a browser shows without running anything (WHATWG MIME Sniffing). */
const MAGIC: readonly [RegExp, string][] = [
  [/^89504e470d0a1a0a/, "image/png"],
  [/^ffd8ff/, "image/jpeg"],
  [/^47494638(?:37|39)61/, "image/gif"],
  [/^52494646.{8}57454250/, "image/webp"],
  [/^.{8}6674797061766966/, "image/avif"],
  [/^.{8}66747970/, "video/mp4"],
  [/^1a45dfa3/, "video/webm"],
  [/^4f67675300/, "audio/ogg"],
  [/^(?:494433|fffb)/, "audio/mpeg"],
  [/^664c6143/, "audio/flac"],
  [/^52494646.{8}57415645/, "audio/wav"],
  [/^255044462d/, "application/pdf"],
  [/^774f4632/, "font/woff2"],
  [/^504b0304/, "application/zip"],
];

/** Types that may be what they are on any host: they never act on the page that loads them. */
const PASSIVE =
  /^(?:image|audio|video|font)\/|^application\/(?:pdf|json|zip|octet-stream)|^text\/(?:plain|html|csv|markdown)/;

/** The type of content without a name, by its first bytes: never one that could act. */
export function sniffType(head: Uint8Array): string {
  const hex = head.subarray(0, 16).toHex();
  const found = MAGIC.find(([magic]) => magic.test(hex));
  if (found) return found[1];
  return head.length > 0 && isText(head) ? TEXT : OCTETS;
}

function isText(head: Uint8Array): boolean {
  try {
    // A character that is cut off at the end is no fault of the text.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    return !/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text);
  } catch {
    return false;
  }
}

/**
 * The type of a file by its name. On a host where other things than this content live, scripts and
 * styles become plain text: a page there that lets its own origin run must not run them.
 */
export function namedType(name: string, atHome: boolean): string {
  const type = mimeOf(name);
  if (atHome || PASSIVE.test(type)) return type;
  return type.includes("charset=") ? TEXT : OCTETS;
}
