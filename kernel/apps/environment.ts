import { FaztError } from "../lib/fazt_error.ts";
import type { Manifest } from "./manifest_schema.ts";
import type { EnvEntry } from "./shapes.ts";

/** The most an app's environment may hold, bytes of names and values. */
export const ENV_BYTES = 64 * 1024;

/**
 * The variables that are declared or set. A value is shown only where the manifest declares the
 * variable and does not call it secret: what the manifest does not know may well be a secret.
 */
export function listEnv(manifest: Manifest, set: ReadonlyMap<string, string>): EnvEntry[] {
  const declared = new Map(manifest.env.map((entry) => [entry.name, entry]));
  const names = [...declared.keys(), ...[...set.keys()].filter((name) => !declared.has(name))];
  return names.map((name) => {
    const entry = declared.get(name);
    const secret = entry === undefined || entry.secret === true;
    const value = set.get(name);
    return {
      name,
      set: value !== undefined,
      secret,
      required: entry?.required ?? false,
      description: entry?.description ?? null,
      default: secret ? null : entry?.default ?? null,
      ...(secret || value === undefined ? {} : { value }),
    };
  });
}

/** One warning for each variable that `app` cannot do without and has not got. */
export function missingEnv(
  app: string,
  { manifest, set }: { readonly manifest: Manifest; readonly set: ReadonlyMap<string, string> },
): string[] {
  return manifest.env
    .filter((entry) => entry.required && entry.default === undefined && !set.has(entry.name))
    .map(({ name }) => `the app needs ${name}: fazt app env set ${app} ${name}=…`);
}

/**
 * Changes by name, each judged.
 * @throws {FaztError} `INVALID`
 */
export function checkEnv(
  changes: Readonly<Record<string, string | null>>,
): (readonly [string, string | null])[] {
  return Object.entries(changes).map(([name, value]) => {
    if (!/^[A-Z_][A-Z0-9_]{0,127}$/i.test(name)) {
      const shown = JSON.stringify(name.slice(0, 80));
      throw new FaztError("INVALID", `Cannot set ${shown}: not a variable's name`, {
        hint: "write letters, digits and _, not starting with a digit, such as API_KEY",
      });
    }
    if (value !== null && (typeof value !== "string" || value.includes("\0"))) {
      throw new FaztError("INVALID", `Cannot set ${name}: the value must be text without NUL`);
    }
    return [name, value] as const;
  });
}
