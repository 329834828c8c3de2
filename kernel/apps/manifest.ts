import { FaztError } from "../lib/fazt_error.ts";
import { nearest } from "../lib/nearest.ts";
import { z } from "../lib/zod.ts";
import { findJsonFault } from "./json_text.ts";
import { type Manifest, MANIFEST_SCHEMA } from "./manifest_schema.ts";
import { checkLabel } from "./names.ts";
import { compareSemver } from "./semver.ts";

/** One thing wrong with a manifest; `path` is dotted, such as `cron.0.schedule`. */
export interface ManifestFault {
  readonly path: string;
  readonly message: string;
  /** Of a JSON fault; both start at 1. */
  readonly line?: number;
  readonly column?: number;
}

/** Options of {@link parseManifest}. */
export interface ManifestOptions {
  /** The file's name, for messages. */
  readonly file: "app.json" | "manifest.json";
  /** The app's paths, when known: handlers must be among them. */
  readonly paths?: ReadonlySet<string>;
  /** This node's version, when known: it must lie in the manifest's range. */
  readonly version?: string;
}

/** Largest manifest, bytes. */
const MAX_BYTES = 256 * 1024;

/**
 * Reads and checks a manifest.
 * @throws {FaztError} `MANIFEST_INVALID` with `details: ManifestFault[]`; `NAME_RESERVED`.
 */
export function parseManifest(input: Uint8Array | string, options: ManifestOptions): Manifest {
  const parsed = MANIFEST_SCHEMA.safeParse(readJson(input, options.file));
  if (!parsed.success) throw invalid(options.file, faultsOf(parsed.error));
  const manifest = parsed.data;
  checkLabel(manifest.name);
  const faults = [...versionFaults(manifest, options), ...handlerFaults(manifest, options)];
  if (faults.length > 0) throw invalid(options.file, faults);
  return manifest;
}

/**
 * What an app without a manifest gets.
 * @throws {FaztError} `INVALID` or `NAME_RESERVED` for a name no app can have.
 */
export function defaultManifest(name: string): Manifest {
  return MANIFEST_SCHEMA.parse({ name: checkLabel(name), permissions: ["storage:kv"] });
}

/** Whether a `manifest.json` is a browser's (W3C Web Application Manifest), not ours. */
export function isWebAppManifest(input: Uint8Array): boolean {
  try {
    const json = JSON.parse(new TextDecoder().decode(input));
    return ["start_url", "icons", "short_name", "display", "theme_color", "background_color"]
      .some((key) => Object.hasOwn(json, key));
  } catch {
    return false;
  }
}

/**
 * Refuses a manifest for its size alone, before it is read.
 * @throws {FaztError} `MANIFEST_INVALID`
 */
export function checkManifestSize(bytes: number, file: string): void {
  if (bytes <= MAX_BYTES) return;
  throw invalid(file, [{ path: "", message: `is larger than ${MAX_BYTES / 1024} KB` }]);
}

function readJson(input: Uint8Array | string, file: string): unknown {
  checkManifestSize(input.length, file);
  let text: string;
  try {
    text = typeof input === "string" ? input : new TextDecoder("utf-8", { fatal: true })
      .decode(input);
  } catch {
    throw invalid(file, [{ path: "", message: "is not UTF-8 text" }]);
  }
  text = text.replace(/^\ufeff/, "");
  try {
    return JSON.parse(text);
  } catch {
    const fault = findJsonFault(text);
    throw invalid(file, [{
      path: "",
      message: `is not JSON: ${fault.message} (line ${fault.line}, column ${fault.column})`,
      line: fault.line,
      column: fault.column,
    }]);
  }
}

function faultsOf(error: z.ZodError): ManifestFault[] {
  return error.issues.flatMap((issue): ManifestFault[] => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      const messages = issue.message.split("\n");
      return issue.keys.map((key, i) => ({
        path: [...path, key].join("."),
        message: messages[i] ?? "unknown key",
      }));
    }
    const inner = issue.code === "invalid_key" ? issue.issues[0]?.message : undefined;
    return [{ path: path.join("."), message: inner ?? plain(issue) }];
  });
}

/** zod's words where they are good, ours where they are not. */
function plain(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) {
    return "is missing";
  }
  if (issue.code === "invalid_value") {
    const values = issue.values.map(String);
    const near = typeof issue.input === "string" ? nearest(issue.input, values) : undefined;
    return `must be one of ${values.join(", ")}${near ? `, did you mean ${near}?` : ""}`;
  }
  return issue.message.replace(/^Invalid input: /, "");
}

function versionFaults(manifest: Manifest, { version }: ManifestOptions): ManifestFault[] {
  const { minVersion, maxVersion } = manifest.fazt ?? {};
  if (minVersion && maxVersion && compareSemver(minVersion, maxVersion) > 0) {
    return [{
      path: "fazt",
      message: `minVersion ${minVersion} is above maxVersion ${maxVersion}`,
    }];
  }
  if (version === undefined) return [];
  if (minVersion && compareSemver(version, minVersion) < 0) {
    return [{
      path: "fazt.minVersion",
      message: `needs Fazt ${minVersion} or later, this node is ${version}; run fazt upgrade`,
    }];
  }
  if (maxVersion && compareSemver(version, maxVersion) > 0) {
    return [{
      path: "fazt.maxVersion",
      message: `works up to Fazt ${maxVersion}, this node is ${version}`,
    }];
  }
  return [];
}

function handlerFaults(manifest: Manifest, { paths }: ManifestOptions): ManifestFault[] {
  if (paths === undefined) return [];
  const named = [
    ...manifest.cron.map((c, i) => ({ path: `cron.${i}.handler`, handler: c.handler })),
    ...manifest.events.map((e, i) => ({ path: `events.${i}.handler`, handler: e.handler })),
  ];
  const api = [...paths].filter((path) => path.startsWith("api/"));
  return named.filter(({ handler }) => !paths.has(handler)).map(({ path, handler }) => {
    const near = nearest(handler, api);
    return {
      path,
      message: `there is no file ${handler}${near ? `, did you mean ${near}?` : ""}`,
    };
  });
}

function invalid(file: string, faults: readonly ManifestFault[]): FaztError {
  const first = faults[0]!;
  const what = first.path === "" ? first.message : `${first.path}: ${first.message}`;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  return new FaztError("MANIFEST_INVALID", `Cannot use ${file}: ${what}${more}`, {
    hint: "correct the file, then check it with fazt app validate <dir>",
    status: 422,
    details: faults,
  });
}
