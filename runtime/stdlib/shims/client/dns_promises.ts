/** `node:dns/promises`: addresses are their own answer; names are looked up by the node alone. */
import { isIP } from "../net_address.ts";

interface Found {
  readonly address: string;
  readonly family: number;
}

/**
 * The address a text spells.
 * @throws {Error} `ENOTSUP` for a name
 */
export function lookup(host: string, options?: { readonly all?: boolean }): Promise<unknown> {
  const family = isIP(host);
  if (family === 0) return Promise.reject(refused(host));
  const found: Found = { address: host, family };
  return Promise.resolve(options?.all ? [found] : found);
}

/** Never answers: names are looked up by the node alone. */
export function resolve(host: string): Promise<never> {
  return Promise.reject(refused(host));
}

function refused(host: string): Error {
  return Object.assign(
    new Error(`Cannot look up ${host}: connect to the name, the node looks it up`),
    { code: "ENOTSUP" },
  );
}

export { resolve as resolve4, resolve as resolve6, resolve as resolveSrv, resolve as resolveTxt };
export default {
  lookup,
  resolve,
  resolve4: resolve,
  resolve6: resolve,
  resolveSrv: resolve,
  resolveTxt: resolve,
};
