import { createHash } from "node:crypto";
import { rateRules } from "../guard/mod.ts";
import type { Site } from "../http/static/mod.ts";
import { corsRule } from "../lib/cors.ts";
import { parseDuration } from "../lib/duration.ts";
import { appIdLabel } from "../lib/ids.ts";
import { previewLabel } from "../net/mod.ts";
import type { RunnableApp } from "../proc/mod.ts";
import { type AppRow, type AppStore, manifestOf } from "./app_store.ts";
import { bodyLimits } from "./body_limits.ts";
import type { AppsDeps } from "./deps.ts";
import type { Manifest } from "./manifest_schema.ts";
import { LIMIT_SETTINGS, runtimeLimits } from "./runtime_limits.ts";

type ServedRow = AppRow & { readonly n: number; readonly revision_id: string };

/** What serving a previewed revision needs. */
export interface Preview {
  readonly site?: Site | undefined;
  readonly runnable?: RunnableApp | undefined;
}

/** What serving an app needs, kept in memory until the app changes. */
export class LiveApps {
  readonly #sites = new Map<string, Site | undefined>();
  readonly #runnables = new Map<string, RunnableApp | undefined>();
  readonly #previews = new Map<string, Map<number, Preview>>();
  readonly #manifests = new Map<string, { readonly key: string; readonly manifest: Manifest }>();
  readonly #asked = new Map<string, Manifest["limits"]>();
  readonly #listeners = new Set<(appId: string) => void>();

  constructor(private readonly deps: AppsDeps, private readonly store: AppStore) {
    for (const key of LIMIT_SETTINGS) deps.settings.watch(key, () => this.#allChanged());
    deps.settings.watch("server.domain", () => this.#allChanged());
  }

  /** The static side of the revision that is served; undefined while there is none. */
  site(appId: string): Site | undefined {
    if (!this.#sites.has(appId)) this.#sites.set(appId, this.#makeSite(appId));
    return this.#sites.get(appId);
  }

  /** The server side: one object until code, grants, environment or limits change. */
  runnable(appId: string): RunnableApp | undefined {
    if (!this.#runnables.has(appId)) this.#runnables.set(appId, this.#makeRunnable(appId));
    return this.#runnables.get(appId);
  }

  /** A revision at its preview's address; both sides undefined while nobody may see it. */
  preview(appId: string, n: number): Preview {
    let previews = this.#previews.get(appId);
    if (previews === undefined) this.#previews.set(appId, previews = new Map());
    let preview = previews.get(n);
    if (preview === undefined) previews.set(n, preview = this.#makePreview(appId, n));
    return preview;
  }

  /** Forgets what was kept of an app's previews; the served revision goes on as it is. */
  forgetPreviews(appId: string): void {
    this.#previews.delete(appId);
  }

  /** The manifest of the served revision, read once. */
  manifest(row: AppRow): Manifest {
    const key = row.revision_id ?? `none ${row.name}`;
    const known = this.#manifests.get(row.id);
    if (known?.key === key) return known.manifest;
    const manifest = manifestOf(row);
    this.#manifests.set(row.id, { key, manifest });
    return manifest;
  }

  /** What the served revision asks of a limit, such as `storage.kv.keys`. */
  askedLimit(appId: string, limit: string): number | undefined {
    if (!this.#asked.has(appId)) {
      const row = this.#row(appId);
      this.#asked.set(appId, row && this.manifest(row).limits);
    }
    let part: unknown = this.#asked.get(appId);
    for (const name of limit.split(".")) {
      part = (part as Record<string, unknown> | undefined)?.[name];
    }
    return part as number | undefined;
  }

  /** Where the served revision wants a kind of storage; undefined is this node. */
  storagePlace(appId: string, pillar: "s3"): string | undefined {
    const row = this.#row(appId);
    return row && this.manifest(row).storage?.[pillar];
  }

  /** Whether the served revision asks for a grant and has it. */
  mayUse(appId: string, grant: string): boolean {
    const row = this.#row(appId);
    return row !== undefined && this.manifest(row).permissions.includes(grant) &&
      this.store.approved(appId).includes(grant);
  }

  /** Where the app answers, best first: its own domains, its name, other labels, its id. */
  urls(row: AppRow): string[] {
    const { hosts, settings, baseUrl } = this.deps;
    const suffix = `.${settings.get("server.domain")}`;
    const rank = (url: string) => {
      const host = new URL(url).hostname;
      const label = host.endsWith(suffix) ? host.slice(0, -suffix.length) : undefined;
      const known = [undefined, row.name].indexOf(label);
      return known >= 0 ? known : label === appIdLabel(row.id) ? 3 : 2;
    };
    return hosts.urlsOf(row.id, baseUrl()).map((url) => ({ url, rank: rank(url) }))
      .sort((a, b) => a.rank - b.rank).map(({ url }) => url);
  }

  /** Forgets what was kept of an app and tells the listeners. */
  changed(appId: string): void {
    this.#sites.delete(appId);
    this.#runnables.delete(appId);
    this.#previews.delete(appId);
    this.#manifests.delete(appId);
    this.#asked.delete(appId);
    for (const listener of this.#listeners) listener(appId);
  }

  /** Calls `listener` with each app that changed; returns how to stop it. */
  onChange(listener: (appId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #allChanged(): void {
    const ids = new Set([...this.#runnables.keys(), ...this.#previews.keys()]);
    for (const id of ids) this.changed(id);
  }

  #row(appId: string): ServedRow | undefined {
    const row = this.store.byId(appId);
    if (!row || row.n === null || row.revision_id === null) return undefined;
    return { ...row, n: row.n, revision_id: row.revision_id };
  }

  #makePreview(appId: string, n: number): Preview {
    const row = this.store.atRevision(appId, n);
    if (!row || row.n === null || row.revision_id === null) return {};
    const manifest = manifestOf(row);
    const at = { ...row, n: row.n, revision_id: row.revision_id };
    const label = previewLabel(row, n);
    return {
      site: this.#siteOf(at, manifest),
      runnable: this.#runnableOf(at, {
        manifest,
        url: this.deps.hosts.urlOf(label, this.deps.baseUrl()),
        cell: `${appId} ${n}`,
      }),
    };
  }

  #makeSite(appId: string): Site | undefined {
    const row = this.#row(appId);
    return row && this.#siteOf(row, this.manifest(row));
  }

  #makeRunnable(appId: string): RunnableApp | undefined {
    const row = this.#row(appId);
    return row && this.#runnableOf(row, {
      manifest: this.manifest(row),
      url: this.urls(row)[0] ?? this.deps.baseUrl(),
    });
  }

  #siteOf(row: ServedRow, manifest: Manifest): Site | undefined {
    const { spa, cleanUrls, headers, redirects, visibility, rate, limits, cors } = manifest;
    const { analytics } = manifest;
    if (!isOpen(visibility)) return undefined;
    return {
      appId: row.id,
      revision: row.n,
      spa: spa ?? false,
      cleanUrls: cleanUrls ?? true,
      headers,
      cors: cors && corsRule({
        ...cors,
        maxAge: cors.maxAge === undefined ? undefined : parseDuration(cors.maxAge),
      }),
      redirects: redirects.map(({ from, to, status }) => ({ from, to, status: status ?? 302 })),
      hasServer: row.module_cid !== null,
      rates: rateRules(rate ?? {}),
      analytics: analytics ?? true,
      headerBytes: (limits?.request?.headerKb ?? Infinity) * 1024,
    };
  }

  #runnableOf(
    row: ServedRow,
    { manifest, url, cell }: {
      readonly manifest: Manifest;
      readonly url: string;
      readonly cell?: string;
    },
  ): RunnableApp | undefined {
    if (row.module_cid === null) return undefined;
    const { deps, store } = this;
    const { module_cid: moduleCid, module_map_cid: mapCid } = row;
    const asked = new Set(manifest.permissions);
    const grants = store.approved(row.id).filter((name) => asked.has(name));
    const env = environment(manifest, store.env(row.id));
    const own = runtimeLimits(deps.settings, manifest);
    // Few look at a preview; it leaves the places to what everybody uses.
    const limits = cell === undefined ? own : { ...own, isolates: 1 };
    const text = (cid: string) => {
      const bytes = deps.vfs.read(cid);
      return bytes && new TextDecoder().decode(bytes);
    };
    return Object.freeze({
      id: row.id,
      ...(cell === undefined ? {} : { cell }),
      name: row.name,
      version: manifest.version,
      url,
      revision: row.n,
      generation: digest([row.revision_id, row.name, url, grants, env, limits]),
      grants,
      env,
      limits,
      bodyBytes: bodyLimits(deps.settings, manifest),
      module: () => text(moduleCid) ?? "",
      sourceMap: () => mapCid === null ? undefined : text(mapCid),
    });
  }
}

/** What the app's code sees: the owner's values over the manifest's defaults. */
function environment(manifest: Manifest, set: ReadonlyMap<string, string>): Record<string, string> {
  const defaults = manifest.env.flatMap((entry) =>
    entry.default === undefined ? [] : [[entry.name, entry.default] as const]
  );
  // Not by assignment: "__proto__" is a name like any other here.
  return Object.fromEntries([...defaults, ...set]);
}

/**
 * Whether anyone may open the app. Until the node can tell who a visitor is, an app that asks to
 * be closed is closed to everyone: better nothing than what was meant for few.
 */
export function isOpen(visibility: Manifest["visibility"]): boolean {
  return visibility === "unlisted" || visibility === "public";
}

function digest(state: unknown): string {
  return createHash("sha256").update(JSON.stringify(state)).digest("base64url").slice(0, 22);
}
