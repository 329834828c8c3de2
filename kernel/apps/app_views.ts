import type { AppRow, RevisionRow, SourceRow } from "./app_store.ts";
import type { Manifest } from "./manifest_schema.ts";
import type { App, AppSource, GrantList, PreviewInfo, Revision, RevisionOrigin } from "./shapes.ts";
import { formatSource } from "./source_text.ts";

/** What of an app's grants counts: approved ones the served manifest asks for, and the rest. */
export function grantList(manifest: Manifest, approvedRows: readonly string[]): GrantList {
  const rows = new Set(approvedRows);
  const requested = [...new Set(manifest.permissions)];
  return {
    requested,
    approved: requested.filter((name) => rows.has(name)),
    pending: requested.filter((name) => !rows.has(name)),
  };
}

/** A row as the API shows it. */
export function appView(
  row: AppRow,
  facts: {
    readonly manifest: Manifest;
    readonly grants: GrantList;
    readonly urls: readonly string[];
  },
): App {
  const title = row.title ?? facts.manifest.title;
  const { version, description } = facts.manifest;
  return {
    id: row.id,
    name: row.name,
    ...(title === undefined ? {} : { title }),
    state: row.state === "kept" ? "kept" : "active",
    url: facts.urls[0] ?? "",
    urls: facts.urls,
    ...(row.n === null ? {} : { revision: row.n }),
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    files: row.file_count ?? 0,
    size: row.size ?? 0,
    ...(row.cid === null ? {} : { cid: row.cid }),
    ...(row.public_cid === null ? {} : { publicCid: row.public_cid }),
    hasServer: row.module_cid !== null,
    ...(row.source === null ? {} : { source: sourceView(row) }),
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    ...(row.origin_id === null ? {} : { originId: row.origin_id }),
    grants: { approved: facts.grants.approved, pending: facts.grants.pending },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** A row as the API shows it. */
export function revisionView(
  row: RevisionRow,
  current: number | null,
  preview?: PreviewInfo,
): Revision {
  return {
    n: row.n,
    id: row.id,
    createdAt: row.created_at,
    createdBy: row.user_id,
    source: row.source,
    ...(row.source_type === null ? {} : { origin: originView(row) }),
    ...(row.message === null ? {} : { message: row.message }),
    files: row.file_count,
    size: row.size,
    ...(row.cid === null ? {} : { cid: row.cid }),
    ...(row.public_cid === null ? {} : { publicCid: row.public_cid }),
    hasServer: row.module_cid !== null,
    current: row.n === current,
    ...(preview === undefined ? {} : { preview }),
  };
}

/** Where an app comes from, at the commit that is served. */
function sourceView(row: AppRow): AppSource {
  const { type, url, path, ref, commit, market, app, signer } = JSON.parse(
    row.source!,
  ) as SourceRow;
  const named = { kind: "git", url, path, ...(ref === null ? {} : { ref }) } as const;
  return {
    type,
    url,
    path,
    ...(ref === null ? {} : { ref }),
    commit: row.source_commit ?? commit,
    ...(signer === null ? {} : { signer }),
    ...(market === null ? {} : { market }),
    ...(app === null ? {} : { app }),
    spec: formatSource(named),
    modified: row.n !== null && row.source_commit === null,
  };
}

function originView(row: RevisionRow): RevisionOrigin {
  return {
    type: row.source_type!,
    url: row.source_url!,
    path: row.source_path!,
    ...(row.source_ref === null ? {} : { ref: row.source_ref }),
    commit: row.source_commit!,
    ...(row.source_signer === null ? {} : { signer: row.source_signer }),
  };
}
