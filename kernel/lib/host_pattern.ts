import { FaztError } from "./fazt_error.ts";

/** Hosts by name: `example.com`, `*.example.com`, either with `:port`, or `*` for all. */
export interface HostPattern {
  /** Its one spelling. */
  readonly text: string;
  /** Without the `*.`; empty for `*`. */
  readonly host: string;
  /** Any name below `host`, not `host` itself. */
  readonly wild: boolean;
  /** undefined is every port. */
  readonly port: number | undefined;
}

/** Where a request goes: the host as `URL.hostname` spells it, the port always a number. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/;

/**
 * Reads a pattern.
 * @throws {FaztError} `INVALID`
 */
export function parseHostPattern(input: string): HostPattern {
  const match = /^(\*\.)?(\[[^\]]*\]|[^:[\]*]+|\*)(?::(\d{1,5}))?$/.exec(
    input.trim().toLowerCase(),
  );
  const wild = match?.[1] !== undefined;
  const all = match?.[2] === "*";
  const host = all ? "" : spell(match?.[2] ?? "");
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  const right = match !== null && host !== undefined && !(wild && (all || host.startsWith("["))) &&
    (port === undefined || (port >= 1 && port <= 65535));
  if (!right) {
    throw new FaztError("INVALID", `Cannot use "${input.slice(0, 80)}" as a host pattern`, {
      hint: "write example.com, *.example.com, example.com:8443 or *",
    });
  }
  const name = all ? "*" : wild ? `*.${host}` : host;
  const text = port === undefined ? name : `${name}:${port}`;
  return { text, host, wild: wild || all, port };
}

/** Whether a request to `target` is one that the pattern means. */
export function matchesHost(pattern: HostPattern, target: HostPort): boolean {
  if (pattern.port !== undefined && pattern.port !== target.port) return false;
  if (!pattern.wild) return target.host === pattern.host;
  return pattern.host === "" || target.host.endsWith(`.${pattern.host}`);
}

/** The host as a URL spells it, so that `127.1` and an IPv6 address match what is requested. */
function spell(text: string): string | undefined {
  const host = text.replace(/\.$/, "");
  if (host.length > 253 || !(NAME.test(host) || IPV6.test(host))) return undefined;
  return URL.parse(`http://${host}/`)?.hostname;
}
