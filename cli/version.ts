import project from "../deno.json" with { type: "json" };

/** The version of this executable (semver). */
export const VERSION: string = project.version;
