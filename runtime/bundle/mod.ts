/**
 * Deploy-time bundling. The finished script imports nothing; its value is an async function that
 * gives
 *
 * - `main`: the entry's module namespace, or for a CommonJS entry its `module.exports` itself;
 * - `style`: `"esm"` or `"cjs"`, which decides what kind of request `main` is given;
 * - `handlers` and `styles`: the same two for each further handler, by its path, such as
 *   `handlers["api/cron.ts"]`; both objects have no prototype.
 *
 * The standard library modules an app uses stand before its own code, packed, and do not count
 * towards the module's size limit. `require` must not be a global where it runs.
 */
export { type BundlerOptions, type ClosableBundler, createBundler } from "./bundler.ts";
