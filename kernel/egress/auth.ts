import type { FaztError } from "../lib/fazt_error.ts";
import { matchesHost, parseHostPattern } from "../lib/host_pattern.ts";
import type { Secrets } from "../secrets/mod.ts";
import { netError } from "./errors.ts";
import { type Header, isHeaderValue, isSettable, withHeader } from "./headers.ts";
import type { Target } from "./target.ts";

/** The part of a request that is filled in last. */
export interface Carried {
  /** Path and query. */
  readonly path: string;
  readonly headers: readonly Header[];
}

/** A secret on its way into one request. The value stays inside. */
export interface Auth {
  /** Changes with the secret; tells cached answers apart without telling it. */
  readonly version: string;
  /** The request with the secret in it. */
  readonly carry: (target: Target, headers: readonly Header[]) => Carried;
  /** A URL without the secret, which a server may have sent back. */
  readonly clean: (url: URL) => URL;
}

/** Which secret, how, and for whom. */
export interface AuthRequest {
  readonly appId: string;
  readonly name: string;
  readonly mode: string | undefined;
  readonly target: Target;
}

/**
 * Prepares a secret to be carried to a host.
 * @throws {FaztError} `NET_AUTH`: unknown, locked, meant for other hosts, or not to be carried so.
 */
export function authFor(secrets: Secrets, request: AuthRequest): Auth {
  const { name, target } = request;
  const mode = modeOf(request.mode ?? "bearer");
  const secret = reveal(secrets, request);
  const { hosts, value } = secret;
  if (hosts.length > 0 && !hosts.some((host) => matchesHost(parseHostPattern(host), target))) {
    throw denied(`the secret ${name} is not for this host`, { host: target.host });
  }
  const version = JSON.stringify([name, mode.kind, mode.name, secret.updatedAt, hosts]);
  if (mode.kind === "query") {
    return {
      version,
      carry: (to, headers) => {
        const url = new URL(to.url);
        // Only then: writing one field anew respells all the others.
        if (url.searchParams.has(mode.name)) url.searchParams.delete(mode.name);
        const field = `${encodeURIComponent(mode.name)}=${encodeURIComponent(value)}`;
        const query = url.search === "" ? `?${field}` : `${url.search}&${field}`;
        return { path: url.pathname + query, headers };
      },
      clean: (url) => withoutValue(url, value),
    };
  }
  const text = mode.kind === "bearer"
    ? `Bearer ${value}`
    : mode.kind === "basic"
    ? `Basic ${new TextEncoder().encode(value).toBase64()}`
    : value;
  if (!isHeaderValue(text)) throw denied(`a header cannot carry the secret ${name}`);
  return {
    version,
    carry: (to, headers) => ({
      path: to.url.pathname + to.url.search,
      headers: withHeader(headers, [mode.name, text]),
    }),
    clean: (url) => url,
  };
}

interface Mode {
  readonly kind: "bearer" | "basic" | "header" | "query";
  /** Of the header, or of the query's field. */
  readonly name: string;
}

function modeOf(text: string): Mode {
  if (text === "bearer" || text === "basic") return { kind: text, name: "authorization" };
  const [, kind, name = ""] = /^(header|query):(.{1,128})$/s.exec(text) ?? [];
  if (kind === "header" && isSettable(name)) return { kind, name: name.toLowerCase() };
  if (kind === "query" && name.isWellFormed()) return { kind, name };
  throw denied("its authMode is unknown", {
    hint: 'use "bearer", "basic" (value user:password), "header:<name>" or "query:<name>"',
  });
}

function reveal(secrets: Secrets, { appId, name }: AuthRequest) {
  let secret;
  try {
    secret = secrets.reveal(appId, name);
  } catch {
    throw denied("the secrets of this node are locked");
  }
  if (secret !== undefined) return secret;
  // What an app calls a secret may be the secret itself, written in the wrong place.
  throw denied("there is no secret of the name it gives as auth", {
    hint: "the owner sets it: fazt secret set <NAME>",
  });
}

function withoutValue(url: URL, value: string): URL {
  const fields = [...url.searchParams];
  if (!fields.some(([, text]) => text === value)) return url;
  const clean = new URL(url);
  clean.search = new URLSearchParams(fields.filter(([, text]) => text !== value)).toString();
  return clean;
}

function denied(
  why: string,
  options: { readonly hint?: string; readonly host?: string } = {},
): FaztError {
  return netError("NET_AUTH", why, options);
}
