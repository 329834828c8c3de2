import { domainToASCII, domainToUnicode } from "node:url";
import ipaddr from "ipaddr.js";
import { FaztError } from "../../lib/fazt_error.ts";

/** A domain in the spelling of the DNS. */
export interface DomainName {
  /** Lower case, `xn--` where it has other letters than Latin ones (RFC 5891). */
  readonly domain: string;
  /** As people write it, where that differs. It may be made to look like another one. */
  readonly unicode?: string;
  /** What to look at twice. */
  readonly warnings: readonly string[];
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Letters of other scripts that look like Latin ones (Unicode TR39, those in use). */
const LOOKALIKES = new Set("аеорсухіјѕԁһԛԝьӏүѡѵҽոսցօքϲαινορτυχγ");
const SCRIPTS = ["Latin", "Cyrillic", "Greek", "Armenian", "Hebrew", "Arabic", "Cherokee"] as const;

/**
 * Reads a domain as a person writes it: any case, a dot at the end, letters of any script.
 * @throws {FaztError} `INVALID` naming what is wrong with it.
 */
export function parseDomain(text: string): DomainName {
  const shown = JSON.stringify(text.slice(0, 100));
  const refuse = (why: string, hint = "write a name such as example.com or shop.example.com") =>
    new FaztError("INVALID", `Cannot use ${shown} as a domain: ${why}`, { hint });
  const plain = text.trim().replace(/[.\u3002]$/, "");
  if (/[:/@?#\\]/.test(plain)) throw refuse("it is an address of a page, not only a name");
  if (plain.startsWith("*.")) {
    throw refuse("a star stands for many names", "map each name by itself");
  }
  if (ipaddr.isValid(plain)) throw refuse("it is an address", "set acme.addresses instead");
  if (/[\s%_]/.test(plain)) throw refuse("it has characters that no host name has");
  const domain = plain.length > 1000 ? "" : domainToASCII(plain);
  if (domain === "" || domain.length > 253) throw refuse("it is no name of the DNS");
  const labels = domain.split(".");
  if (!labels.every((label) => LABEL.test(label))) throw refuse("it is no name of the DNS");
  if (labels.length < 2) throw refuse("it has no ending such as .com");
  // Such names are read as numbers of an address (WHATWG URL, "ends in a number").
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1)!)) throw refuse("it ends in a number");
  const unicode = domainToUnicode(domain);
  return {
    domain,
    ...(unicode === "" || unicode === domain ? {} : { unicode }),
    warnings: unicode === domain ? [] : lookalikes(unicode),
  };
}

/** The name as people write it beside the one the DNS has: never the first without the second. */
export function showDomain({ domain, unicode }: Pick<DomainName, "domain" | "unicode">): string {
  return unicode === undefined ? domain : `${domain} (${unicode})`;
}

function lookalikes(unicode: string): string[] {
  return unicode.split(".").flatMap((label) => {
    const letters = [...label].filter((letter) => /\p{Letter}/u.test(letter));
    const scripts = SCRIPTS.filter((script) =>
      letters.some((letter) => new RegExp(`\\p{Script=${script}}`, "u").test(letter))
    );
    if (scripts.length > 1) {
      return [
        `"${label}" mixes ${scripts.join(" and ")} letters: it may be made to look like ` +
        "another name, and browsers show it as xn--",
      ];
    }
    const foreign = scripts[0] !== undefined && scripts[0] !== "Latin";
    if (foreign && letters.every((letter) => LOOKALIKES.has(letter))) {
      return [`"${label}" has ${scripts[0]} letters only that look like Latin ones`];
    }
    return [];
  });
}
