/**
 * Deploy-time bundling. The finished module imports nothing and exports
 *
 * - `main`: the entry's module namespace, or for a CommonJS entry its `module.exports` itself;
 * - `style`: `"esm"` or `"cjs"`, which decides what kind of request `main` is given;
 * - `handlers` and `styles`: the same two for each further handler, by its path, such as
 *   `handlers["api/cron.ts"]`; both objects have no prototype.
 *
 * The standard library modules an app uses stand before its own code, packed, and do not count
 * towards the module's size limit. `require` must not be a global where the module runs.
 */
export { type BundlerOptions, type ClosableBundler, createBundler } from "./bundler.ts";
