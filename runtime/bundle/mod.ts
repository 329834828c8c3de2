/**
 * Deploy-time bundling. The finished module imports nothing and exports
 *
 * - `main`: the entry's module namespace, or for a CommonJS entry its `module.exports` itself;
 * - `style`: `"esm"` or `"cjs"`, which decides what kind of request `main` is given;
 * - `handlers` and `styles`: the same two for each further handler, by its path, such as
 *   `handlers["api/cron.ts"]`; both objects have no prototype.
 */
export { type BundlerOptions, type ClosableBundler, createBundler } from "./bundler.ts";
