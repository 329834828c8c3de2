/** `node:util`: the npm twin plus what was added to Node since. */
import assert from "node:assert";
import util from "util";

const TextEncoder = globalThis.TextEncoder;
const TextDecoder = globalThis.TextDecoder;

/** Deep equality by the rules of `assert.deepStrictEqual`. */
function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

/** Removes ANSI escape sequences. */
function stripVTControlCharacters(text: string): string {
  // deno-lint-ignore no-control-regex -- the escape character is what is looked for
  return text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007]*\u0007)/g, "");
}

/** Replaces lone surrogates. */
function toUSVString(text: string): string {
  return String(text).toWellFormed();
}

export const {
  callbackify,
  debuglog,
  deprecate,
  format,
  inherits,
  inspect,
  isArray,
  promisify,
  types,
} = util;
export { isDeepStrictEqual, stripVTControlCharacters, TextDecoder, TextEncoder, toUSVString };
export default {
  ...util,
  TextDecoder,
  TextEncoder,
  isDeepStrictEqual,
  stripVTControlCharacters,
  toUSVString,
};
