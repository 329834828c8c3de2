import { FaztError } from "../lib/fazt_error.ts";
import { newId } from "../lib/ids.ts";
import type { AppContext } from "./app_context.ts";
import { type AppRow, manifestOf } from "./app_store.ts";
import { nodeSecrets } from "./approvals.ts";
import { listEnv } from "./environment.ts";
import {
  abandonForks,
  beginFork,
  finishFork,
  forkFiles,
  forkStorage,
  type StoragePlace,
} from "./fork_operations.ts";
import { approvedBy, refuseUnsafe } from "./grant_policy.ts";
import type { Manifest } from "./manifest_schema.ts";
import { checkLabel } from "./names.ts";
import { purgeStep } from "./purge_operations.ts";
import type { Actor, ForkInput } from "./shapes.ts";
import { usageOf } from "../storage/mod.ts";

/** Rows a step of cleaning up deletes. */
const PURGE_ROWS = 500;

/** What a fork made. */
export interface Forked {
  readonly id: string;
  /** Rows of data that were copied. */
  readonly rows: number;
  /** Pillars whose data stayed behind although it was asked for. */
  readonly left: readonly string[];
}

/** What no copier copies: these pillars have tables of their own for each thing in them. */
const NOT_COPIED = ["ds", "rd"];

/**
 * Makes a new app of a revision of another: its blobs are shared, its data is copied in small
 * writes while the source goes on. It is seen when it is whole; one that fails leaves nothing.
 */
export async function forkApp(
  context: AppContext,
  source: AppRow,
  { input, by }: { readonly input: ForkInput; readonly by: Actor },
): Promise<Forked> {
  const { deps, store } = context;
  const name = checkLabel(input.name);
  const n = input.revision ?? source.n ?? undefined;
  const revision = n === undefined ? undefined : store.atRevision(source.id, n);
  if (n === undefined || revision === undefined) {
    const which = n === undefined ? "nothing was deployed to it" : `it has no revision ${n}`;
    throw new FaztError("NOT_FOUND", `Cannot fork "${source.name}": ${which}`, {
      hint: `fazt app revisions ${source.name} lists what there is`,
    });
  }
  const manifest = manifestOf(revision);
  const id = newId("app");
  await deps.db.write(beginFork, {
    from: source.id,
    n,
    id,
    revisionId: newId("rev"),
    userId: by.userId,
    name,
    message: `from ${source.name} revision ${n}`,
    at: deps.clock(),
  });
  try {
    let after: string | null = "";
    while (after !== null) {
      after = await deps.db.write(forkFiles, { from: source.id, n, id, after });
    }
    const rows = input.storage === false ? 0 : await copyStorage(context, source.id, id);
    await deps.db.write(finishFork, {
      from: source.id,
      id,
      name,
      userId: by.userId,
      env: publicEnv(context, source, manifest),
      approve: approvedBy(by, safeGrants(context, manifest)),
      at: deps.clock(),
    });
    const left = input.storage === false
      ? []
      : NOT_COPIED.filter((pillar) => usageOf(deps.db.reader, source.id, pillar).entries > 0);
    return { id, rows, left };
  } catch (error) {
    // If even that fails, the node is ending: the next start does it.
    await cleanForks(context, id).catch(() => {});
    throw error;
  }
}

/** Forgets one fork that failed, or every one that was cut when the node ended. */
export async function cleanForks({ deps }: AppContext, id: string | null): Promise<void> {
  if (await deps.db.write(abandonForks, { id }) === 0) return;
  while (await deps.db.write(purgeStep, { before: 1, limit: PURGE_ROWS })) { /* next step */ }
}

async function copyStorage({ deps }: AppContext, from: string, id: string): Promise<number> {
  let place: StoragePlace | null = { copier: 0, after: null };
  let rows = 0;
  while (place !== null) {
    const step: { place: StoragePlace | null; rows: number } = await deps.db.write(forkStorage, {
      from,
      id,
      place,
    });
    place = step.place;
    rows += step.rows;
  }
  return rows;
}

/** Names of the variables that no revision concerned calls secret or does not know. */
function publicEnv({ live, store }: AppContext, source: AppRow, forked: Manifest): string[] {
  const set = store.env(source.id);
  const open = (manifest: Manifest) =>
    new Set(listEnv(manifest, set).filter(({ secret }) => !secret).map(({ name }) => name));
  const served = open(live.manifest(source));
  return [...open(forked)].filter((name) => set.has(name) && served.has(name));
}

/** What a first deploy would approve; what meanwhile opens the node itself waits for the owner. */
function safeGrants(context: AppContext, { permissions }: Manifest): string[] {
  const node = nodeSecrets(context);
  return permissions.filter((text) => {
    try {
      refuseUnsafe(text, node);
      return true;
    } catch {
      return false;
    }
  });
}
