import type { SettingKey } from "../kernel/config/mod.ts";
import type { FlagValues } from "./flags.ts";

/** The flags that are settings of a node. */
export const SERVER_FLAGS = {
  domain: "apps answer as APP.DOMAIN (default localhost)",
  port: "port of the HTTP server (default 8080; 0 picks a free one)",
  host: "address it binds (default 127.0.0.1; 0.0.0.0 for the network)",
  https: "answer HTTPS; plain HTTP only leads there",
  "https-port": "port of HTTPS (default 443; 0 picks a free one)",
} as const;

const SETTINGS = {
  domain: "server.domain",
  port: "server.port",
  host: "server.host",
  https: "server.https",
  "https-port": "server.httpsPort",
} as const satisfies Record<keyof typeof SERVER_FLAGS, SettingKey>;

/** The settings these flags stand for. @throws {FaztError} `INVALID`. */
export async function serverFlags(
  flags: FlagValues<keyof typeof SERVER_FLAGS>,
): Promise<Partial<Record<SettingKey, unknown>>> {
  const { parseSetting } = await import("../kernel/config/mod.ts");
  const settings: Partial<Record<SettingKey, unknown>> = {};
  for (const name of Object.keys(SERVER_FLAGS) as (keyof typeof SERVER_FLAGS)[]) {
    const value = flags[name];
    const key = SETTINGS[name];
    if (value !== undefined) settings[key] = parseSetting(key, value);
  }
  return settings;
}

/** The same flags, checked, as words for another command line. @throws {FaztError} `INVALID`. */
export async function initFlags(
  flags: FlagValues<keyof typeof SERVER_FLAGS>,
): Promise<string[]> {
  await serverFlags(flags);
  return (Object.keys(SERVER_FLAGS) as (keyof typeof SERVER_FLAGS)[]).flatMap((name) => {
    const value = flags[name];
    if (value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, value];
  });
}
