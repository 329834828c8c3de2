// Control characters (C0, DEL, C1), line and paragraph separators, and the characters that
// reorder or hide text (UAX #9 controls, zero-width and tag characters; joiners are letters' own).
const UNSAFE =
  // deno-lint-ignore no-control-regex -- finding them is the purpose
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text from anywhere as one line that cannot move the cursor, recolour, retitle or reorder a
 * terminal: what could is shown as an escape.
 */
export function sanitise(text: string): string {
  return text.replace(UNSAFE, (c) => SHORT[c] ?? escape(c));
}

/** As {@link sanitise}, keeping line ends and tabs. */
export function sanitiseLines(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(
    UNSAFE,
    (c) => c === "\n" || c === "\t" ? c : SHORT[c] ?? escape(c),
  );
}

/** JSON for a terminal: the same characters as `\u` escapes, so that it stays the same JSON. */
export function sanitiseJson(json: string): string {
  return json.replace(
    UNSAFE,
    (c) => c === "\n" ? c : [...Array(c.length).keys()].map((i) => escape(c.charAt(i))).join(""),
  );
}

function escape(c: string): string {
  return `\\u${
    c.length === 1
      ? c.charCodeAt(0).toString(16).padStart(4, "0")
      : `{${c.codePointAt(0)!.toString(16)}}`
  }`;
}
