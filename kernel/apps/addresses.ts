import { FaztError } from "../lib/fazt_error.ts";
import { nearest } from "../lib/nearest.ts";
import * as operations from "./alias_operations.ts";
import type { AppContext } from "./app_context.ts";
import { checkLabel } from "./names.ts";
import type { Actor, Alias } from "./shapes.ts";

/** Where a label is to lead. */
export type AliasTarget =
  | { readonly app: string }
  | { readonly redirect: string }
  | { readonly reserved: true }
  /** Apps (id, name or alias) and their weights. */
  | { readonly split: Readonly<Record<string, number>> };

/** Apps of one split. */
const MIN_PARTS = 2;
const MAX_PARTS = 8;
const MAX_WEIGHT = 10_000;

/** Makes or retargets a host label. */
export async function setAlias(
  context: AppContext,
  { label, target }: { readonly label: string; readonly target: AliasTarget },
): Promise<Alias> {
  checkLabel(label);
  const { deps, store, live } = context;
  const before = store.alias(label)?.appId;
  const app = "app" in target ? context.active(target.app) : undefined;
  const split = "split" in target ? checkSplit(context, { label, split: target.split }) : [];
  await deps.db.write(operations.setAlias, {
    label,
    type: typeOf(target),
    appId: app?.id ?? null,
    target: "redirect" in target ? checkRedirect(target.redirect) : null,
    split,
    at: deps.clock(),
  });
  context.labelChanged(label);
  for (const id of new Set([before, app?.id])) if (id) live.changed(id);
  return store.alias(label)!;
}

/** Exchanges what two labels lead to; returns both as they are now. */
export async function swapAliases(context: AppContext, a: string, b: string): Promise<Alias[]> {
  const { deps, store, live } = context;
  if (a === b) {
    throw new FaztError("INVALID", `Cannot swap ${JSON.stringify(a.slice(0, 80))} with itself`, {
      hint: "name two addresses; fazt alias list shows every one",
    });
  }
  for (const label of [a, b]) if (!store.alias(label)) throw noAlias(context, label);
  await deps.db.write(operations.swapAliases, { a, b });
  context.labelChanged(a, b);
  const now = store.aliasesAt([a, b]);
  for (const { appId } of now) if (appId) live.changed(appId);
  return now;
}

/** Frees a host label; its app stays. */
export async function removeAlias(context: AppContext, label: string): Promise<void> {
  const { deps, store, live } = context;
  const before = store.alias(label);
  if (!before || !await deps.db.write(operations.removeAlias, { label })) {
    throw noAlias(context, label);
  }
  context.labelChanged(label);
  if (before.appId) live.changed(before.appId);
}

function noAlias({ store }: AppContext, label: string): FaztError {
  const near = nearest(label, store.aliases().map((alias) => alias.label));
  const shown = JSON.stringify(label.slice(0, 80));
  return new FaztError("NOT_FOUND", `There is no address ${shown}`, {
    hint: near ? `did you mean ${near}?` : "fazt alias list shows every address",
  });
}

function typeOf(target: AliasTarget): Alias["type"] {
  if ("app" in target) return "proxy";
  if ("redirect" in target) return "redirect";
  return "split" in target ? "split" : "reserved";
}

/**
 * Reads the apps and weights of a split.
 * @throws {FaztError} `INVALID`, `NOT_FOUND`
 */
function checkSplit(
  context: AppContext,
  { label, split }: {
    readonly label: string;
    readonly split: Readonly<Record<string, number>>;
  },
): operations.SplitPart[] {
  const parts = Object.entries(split);
  const refuse = (why: string) =>
    new FaztError("INVALID", `Cannot split "${label}": ${why}`, {
      hint: `fazt app split ${label} APP=90 OTHER=10`,
    });
  if (parts.length < MIN_PARTS || parts.length > MAX_PARTS) {
    throw refuse(`it takes ${MIN_PARTS} to ${MAX_PARTS} apps, not ${parts.length}`);
  }
  const weights = new Map<string, number>();
  for (const [ref, weight] of parts) {
    const shown = JSON.stringify(ref.slice(0, 80));
    if (!Number.isInteger(weight) || weight < 1 || weight > MAX_WEIGHT) {
      throw refuse(`the weight of ${shown} must be a whole number from 1 to ${MAX_WEIGHT}`);
    }
    const { id } = context.active(ref);
    if (weights.has(id)) throw refuse(`${shown} stands in it twice`);
    weights.set(id, weight);
  }
  return [...weights].map(([appId, weight]) => ({ appId, weight }));
}

/**
 * Checks where a redirecting label leads.
 * @throws {FaztError} `INVALID`
 */
function checkRedirect(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url.href;
  throw new FaztError("INVALID", `Cannot redirect to ${JSON.stringify(text.slice(0, 200))}`, {
    hint: "write a whole http or https URL, such as https://example.com/",
  });
}

/** What {@link AppContext.change} is told of a change of addresses. */
export function aliasAttempt(label: string, by: Actor, target?: AliasTarget) {
  return { by, target: label, ...(target === undefined ? {} : { details: { ...target } }) };
}
