import { FaztError } from "../lib/fazt_error.ts";
import { matchesHost, parseHostPattern } from "../lib/host_pattern.ts";
import type { Secrets } from "../secrets/mod.ts";
import type { Place } from "./git_client.ts";

/** The user a token is sent for: servers of repositories look at the token alone. */
const USER = "x-access-token";

/**
 * A repository with the credential that a secret of the node holds: a token, or `user:password`.
 * @throws {FaztError} `SOURCE_AUTH`; never with the value in it.
 */
export function placeOf(secrets: Secrets, url: string, secret: string | undefined): Place {
  if (secret === undefined) return { url };
  const found = secrets.reveal("", secret);
  // What is given as a name may be the token itself, written in the wrong place.
  if (found === undefined) {
    throw denied("there is no secret of that name", "fazt secret list shows the names");
  }
  const { hostname, port, protocol } = new URL(url);
  const target = { host: hostname, port: Number(port) || (protocol === "https:" ? 443 : 80) };
  const { hosts, value } = found;
  if (hosts.length > 0 && !hosts.some((host) => matchesHost(parseHostPattern(host), target))) {
    throw denied(
      `the secret ${secret} is not for ${hostname}`,
      `it is for ${hosts.join(", ")}; fazt secret set says it anew`,
    );
  }
  const pair = value.includes(":") ? value : `${USER}:${value}`;
  return { url, authorization: `Basic ${new TextEncoder().encode(pair).toBase64()}` };
}

function denied(why: string, hint: string): FaztError {
  return new FaztError("SOURCE_AUTH", `Cannot fetch: ${why}`, { hint, status: 403 });
}
