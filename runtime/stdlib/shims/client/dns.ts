/** `node:dns`: see {@link promises}; with callbacks. */
import promises from "./dns_promises.ts";

type Answer = (error: Error | null, ...found: unknown[]) => void;

/** The address a text spells; an error for a name. */
export function lookup(host: string, ...rest: unknown[]): void {
  const answer = rest.at(-1) as Answer;
  const { all } = (typeof rest[0] === "object" && rest[0] || {}) as { all?: boolean };
  promises.lookup(host).then((found) => {
    const one = found as { address: string; family: number };
    if (all) answer(null, [one]);
    else answer(null, one.address, one.family);
  }, answer);
}

/** Never answers: names are looked up by the node alone. */
export function resolve(host: string, ...rest: unknown[]): void {
  promises.resolve(host).catch(rest.at(-1) as Answer);
}

export { promises, resolve as resolve4, resolve as resolve6, resolve as resolveSrv };
export { resolve as resolveTxt };
export default {
  lookup,
  promises,
  resolve,
  resolve4: resolve,
  resolve6: resolve,
  resolveSrv: resolve,
  resolveTxt: resolve,
};
