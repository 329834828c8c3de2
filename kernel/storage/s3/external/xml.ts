/** One element of a provider's answer: its children in order, or its text. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const TOKEN =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.-]*)((?:\s[^<>]*?)?)(\/?)>|([^<]+)/gy;
const MAX_DEPTH = 10;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/**
 * Reads the plain XML of S3's answers: elements and text. Documents with anything that could do
 * more (a DOCTYPE, CDATA, entities of their own) are not read.
 * @returns undefined for what is no such document
 */
export function parseXml(text: string): XmlElement | undefined {
  const root: Open = { name: "", children: [], text: "" };
  const stack = [root];
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    at = TOKEN.lastIndex;
    const top = stack.at(-1)!;
    const [, closing, name, , empty, chars] = match;
    if (chars !== undefined) top.text += chars;
    else if (closing) {
      if (name !== top.name || stack.length === 1) return undefined;
      top.text = decode(top.text);
      stack.pop();
    } else if (name !== undefined) {
      const element: Open = { name, children: [], text: "" };
      top.children.push(element);
      if (!empty && stack.push(element) > MAX_DEPTH) return undefined;
    }
  }
  return stack.length === 1 ? root.children[0] : undefined;
}

interface Open {
  readonly name: string;
  readonly children: Open[];
  text: string;
}

function decode(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (all, dec, hex, name) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name]! : all;
    const code = dec === undefined ? parseInt(hex, 16) : Number(dec);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** The text of a child, or undefined. */
export const textOf = (element: XmlElement | undefined, name: string): string | undefined =>
  element?.children.find((child) => child.name === name)?.text;

/** All children of a name. */
export const childrenOf = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name);

/** Text as content of an element. */
export const escapeXml = (text: string): string =>
  text.replace(/[&<>]/g, (c) => c === "&" ? "&amp;" : c === "<" ? "&lt;" : "&gt;");
