import { FaztError } from "../lib/fazt_error.ts";
import { MIB } from "../lib/bytes.ts";
import type { AppStore } from "./app_store.ts";
import { type AppRow, manifestOf } from "./app_store.ts";
import type { AppsDeps } from "./deps.ts";
import type { Manifest } from "./manifest_schema.ts";
import type { AppFile } from "./shapes.ts";

/** The bundled server code of a revision. */
export interface ServerCode {
  readonly moduleCid: string | null;
  readonly mapCid: string | null;
  readonly warnings: readonly string[];
}

const ENTRIES = ["ts", "js", "tsx", "jsx", "mjs", "cjs", "mts", "cts"].map((ext) =>
  `api/main.${ext}`
);
const MODULE = /^api\/.*\.(?:ts|tsx|mts|cts|js|jsx|mjs|cjs)$/;

/** Options of {@link bundleServer}. */
export interface BundleRequest {
  readonly files: readonly AppFile[];
  readonly manifest: Manifest;
  /** The revision served now, whose module is used again when nothing it is made of changed. */
  readonly current: AppRow | undefined;
}

/**
 * Bundles `api/` into one stored module, if there is server code.
 * @throws {FaztError} `NO_ENTRY` for `api/` without `main`, and what the bundler throws.
 */
export async function bundleServer(
  { deps, store }: { readonly deps: AppsDeps; readonly store: AppStore },
  { files, manifest, current }: BundleRequest,
): Promise<ServerCode> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const entries = ENTRIES.filter((path) => byPath.has(path));
  const entry = entries[0];
  if (entry === undefined) {
    refuseWithoutEntry(files);
    return { moduleCid: null, mapCid: null, warnings: [] };
  }
  const extra = entries.length > 1
    ? [`${entry} is used, ${entries.slice(1).join(", ")} is not`]
    : [];
  const handlers = handlersOf(manifest);
  if (current?.module_cid && sameServer(store, current, { files, handlers })) {
    return { moduleCid: current.module_cid, mapCid: current.module_map_cid, warnings: extra };
  }
  const module = await deps.bundler.bundle({
    entry,
    handlers,
    read: (path) => {
      const file = byPath.get(path);
      return file && deps.vfs.read(file.cid);
    },
    paths: new Set(byPath.keys()),
    maxBytes: moduleBytes(deps, manifest),
  });
  const encoder = new TextEncoder();
  const [code, map] = await Promise.all([
    deps.vfs.putBytes(encoder.encode(module.code)),
    deps.vfs.putBytes(encoder.encode(module.map)),
  ]);
  return { moduleCid: code.cid, mapCid: map.cid, warnings: [...extra, ...module.warnings] };
}

function refuseWithoutEntry(files: readonly AppFile[]): void {
  const module = files.find(({ path }) => MODULE.test(path));
  if (!module) return;
  throw new FaztError("NO_ENTRY", `Cannot deploy: api/ has ${module.path} but no api/main.ts`, {
    hint: "name the file that answers /api requests api/main.ts or api/main.js",
    status: 422,
  });
}

function handlersOf(manifest: Manifest): string[] {
  return [...new Set([...manifest.cron, ...manifest.events].map(({ handler }) => handler))].sort();
}

function moduleBytes(deps: AppsDeps, manifest: Manifest): number {
  const owner = deps.settings.get("limits.runtime.moduleMb");
  return Math.min(owner, manifest.limits?.runtime?.moduleMb ?? owner) * MIB;
}

/** A module is made of the files under `api/` and the handlers the manifest names; of no others. */
function sameServer(
  store: AppStore,
  current: AppRow,
  next: { readonly files: readonly AppFile[]; readonly handlers: readonly string[] },
): boolean {
  const sources = (files: readonly AppFile[]) =>
    files.filter(({ path }) => path.startsWith("api/")).map(({ path, cid }) => `${path}\n${cid}`)
      .sort().join("\n\n");
  return handlersOf(manifestOf(current)).join("\n") === next.handlers.join("\n") &&
    sources(store.files(current.id, current.n!)) === sources(next.files);
}
