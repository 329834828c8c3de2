import { isDeepStrictEqual } from "node:util";
import { FaztError } from "../lib/fazt_error.ts";
import type { AppContext } from "./app_context.ts";
import { type AppRow, manifestOf } from "./app_store.ts";
import { patchFiles } from "./diff_operations.ts";
import type { Manifest } from "./manifest_schema.ts";
import type { AppFile, FieldChange, FileChange, RevisionDiff } from "./shapes.ts";

/** What to compare. */
export interface DiffOptions {
  /** Default: the served revision, or the one before it where that is compared. */
  readonly from?: number;
  /** Default: the newest revision if it is not served, else the served one. */
  readonly to?: number;
  /** Whether to compare the text of files. */
  readonly text?: boolean;
}

/** What differs between two revisions of an app. */
export async function diffRevisions(
  { deps, store }: AppContext,
  app: AppRow,
  options: DiffOptions,
): Promise<RevisionDiff> {
  const { from, to } = chosen(app, options, store.revisions(app.id).map(({ n }) => n));
  const side = (n: number) => {
    const row = store.atRevision(app.id, n);
    if (row) return { manifest: manifestOf(row), files: store.files(app.id, n) };
    throw new FaztError("NOT_FOUND", `There is no revision ${n} of "${app.name}"`, {
      hint: `fazt app revisions ${app.name} lists them`,
    });
  };
  const [before, after] = [side(from), side(to)];
  const files = changedFiles(before.files, after.files);
  const patches = options.text
    ? await deps.db.background(patchFiles, {
      files: files.map(({ path, from, to }) => ({ path, from: from?.cid, to: to?.cid })),
    })
    : undefined;
  const [had, has] = [before.manifest.permissions, after.manifest.permissions];
  return {
    from,
    to,
    files,
    permissions: {
      added: has.filter((name) => !had.includes(name)),
      removed: had.filter((name) => !has.includes(name)),
    },
    manifest: changedFields(before.manifest, after.manifest),
    ...(patches === undefined ? {} : { patches }),
  };
}

/** The two revisions that are compared; `all` is newest first. */
function chosen(
  app: AppRow,
  options: DiffOptions,
  all: readonly number[],
): { from: number; to: number } {
  const newest = all[0];
  const to = options.to ?? (newest === options.from ? app.n : newest) ?? newest;
  const from = options.from ??
    (to === app.n || app.n === null ? all.find((n) => n < (to ?? 0)) : app.n);
  if (from !== undefined && to !== undefined) return { from, to };
  throw new FaztError("NOT_FOUND", `Cannot compare: "${app.name}" has no two revisions`, {
    hint: `fazt app revisions ${app.name} lists what there is`,
  });
}

/** Which files differ, by path. */
export function changedFiles(from: readonly AppFile[], to: readonly AppFile[]): FileChange[] {
  const before = new Map(from.map((file) => [file.path, file]));
  const after = new Map(to.map((file) => [file.path, file]));
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path): FileChange[] => {
    const [a, b] = [before.get(path), after.get(path)];
    if (a?.cid === b?.cid) return [];
    const change = a === undefined ? "added" : b === undefined ? "removed" : "changed";
    return [{ path, change, ...(a && { from: content(a) }), ...(b && { to: content(b) }) }];
  });
}

function content({ cid, size }: AppFile): { cid: string; size: number } {
  return { cid, size };
}

/** Fields of the manifest other than its permissions. */
function changedFields(from: Manifest, to: Manifest): FieldChange[] {
  const [a, b] = [from, to] as Record<string, unknown>[];
  const names = [...new Set([...Object.keys(a!), ...Object.keys(b!)])].sort();
  return names
    .filter((name) => name !== "permissions" && !isDeepStrictEqual(a![name], b![name]))
    .map((field) => ({ field, from: a![field] ?? null, to: b![field] ?? null }));
}
