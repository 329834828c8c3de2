/** `node:timers`: those of the web, and `setImmediate`. */
import promises from "./timers_promises.ts";

const { clearInterval, clearTimeout, setInterval, setTimeout } = globalThis;

/** Runs a function once what waits has run. */
export function setImmediate<A extends unknown[]>(run: (...args: A) => void, ...args: A): unknown {
  return setTimeout(() => run(...args), 0);
}

export { clearInterval, clearTimeout, clearTimeout as clearImmediate, promises, setInterval };
export { setTimeout };
export default {
  clearImmediate: clearTimeout,
  clearInterval,
  clearTimeout,
  promises,
  setImmediate,
  setInterval,
  setTimeout,
};
