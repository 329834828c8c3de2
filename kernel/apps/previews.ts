import { FaztError } from "../lib/fazt_error.ts";
import { parseDuration } from "../lib/duration.ts";
import { previewLabel } from "../net/mod.ts";
import type { AppContext } from "./app_context.ts";
import type { AppRow } from "./app_store.ts";
import {
  closePreview,
  expirePreviews,
  openPreview,
  type PreviewParams,
} from "./preview_operations.ts";
import type { Actor, PreviewInfo } from "./shapes.ts";

const DAY_MS = 86_400_000;
const MIN_MS = 60_000;
const MAX_DAYS = 365;

/** What a preview that begins now is written with. */
export function previewParams(
  { deps }: Pick<AppContext, "deps">,
  { by, expires }: { readonly by: Actor; readonly expires: string | undefined },
): PreviewParams {
  const at = deps.clock();
  const ms = expires === undefined
    ? deps.settings.get("previews.keepDays") * DAY_MS
    : parseDuration(expires);
  if (ms < MIN_MS || ms > MAX_DAYS * DAY_MS) {
    throw new FaztError("INVALID", `Cannot keep a preview for ${expires}: it is out of range`, {
      hint: `write 1m to ${MAX_DAYS}d, such as 7d`,
    });
  }
  return {
    userId: by.userId,
    at,
    expiresAt: at + ms,
    max: deps.settings.get("limits.previews.perApp"),
  };
}

/** Puts a revision (default: the newest) under an address of its own. */
export async function preview(
  context: AppContext,
  row: AppRow,
  options: {
    readonly revision: number | undefined;
    readonly expires: string | undefined;
    readonly by: Actor;
  },
): Promise<PreviewInfo> {
  const n = options.revision ?? context.store.newest(row.id);
  if (n === undefined) {
    throw new FaztError("NOT_FOUND", `There is no revision of "${row.name}" to preview`, {
      hint: `fazt app deploy FOLDER --name ${row.name} --preview`,
    });
  }
  const label = previewLabel(row, n);
  if (context.store.alias(label)) {
    throw new FaztError("NAME_TAKEN", `Cannot preview at "${label}": it is another address`, {
      hint: `fazt app unlink ${label} frees it`,
      status: 409,
    });
  }
  await context.deps.db.write(openPreview, {
    id: row.id,
    n,
    ...previewParams(context, options),
  });
  previewsChanged(context, row.id);
  return previewsOf(context, row).find(({ revision }) => revision === n)!;
}

/** Ends a preview before its time. */
export async function endPreview(context: AppContext, row: AppRow, n: number): Promise<void> {
  if (!await context.deps.db.write(closePreview, { id: row.id, n })) {
    throw new FaztError("NOT_FOUND", `There is no preview of revision ${n} of "${row.name}"`, {
      hint: `fazt app revisions ${row.name} lists them`,
    });
  }
  previewsChanged(context, row.id);
}

/** Forgets what has expired; its isolates hibernate like all that nobody asks. */
export async function sweepPreviews(context: AppContext): Promise<void> {
  const ids = await context.deps.db.write(expirePreviews, { at: context.deps.clock() });
  for (const id of ids) previewsChanged(context, id);
}

/** The previews of an app that have not expired. */
export function previewsOf(context: AppContext, row: AppRow): PreviewInfo[] {
  const { deps, store } = context;
  return store.previews(row.id, deps.clock()).map(({ revision, expiresAt }) => ({
    revision,
    url: deps.hosts.urlOf(previewLabel(row, revision), deps.baseUrl()),
    expiresAt,
  }));
}

/** Tells the host table which previews an app has now. */
export function previewsChanged({ deps, store, live }: AppContext, id: string): void {
  live.forgetPreviews(id);
  const row = store.byId(id);
  const previews = row?.state === "active" ? store.previews(id, deps.clock()) : [];
  deps.hosts.setPreviews(
    id,
    previews.map((one) => ({ ...one, label: previewLabel(row!, one.revision) })),
  );
}
