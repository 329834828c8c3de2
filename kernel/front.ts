import type { Guard } from "./guard/mod.ts";
import { type Asset, createAdmin } from "./http/admin.ts";
import { type ApiServices, createApi } from "./http/api/mod.ts";
import type { Trusts } from "./http/client_address.ts";
import { createEdge } from "./http/edge.ts";
import { HttpMeter } from "./http/http_meter.ts";
import type { Listener, RequestHandler } from "./http/listener/mod.ts";
import { createSignedObjects } from "./http/signed_objects.ts";
import { newId } from "./lib/ids.ts";
import type { HostTable } from "./net/mod.ts";

/** Services of the API that are made here, or are read off what is. */
type MadeHere =
  | "adminUrl"
  | "baseUrl"
  | "edge"
  | "meter"
  | "mode"
  | "newRequestId"
  | "startedAt";

/** What {@link openFront} works with. */
export interface FrontDeps extends Omit<ApiServices, MadeHere> {
  readonly hosts: HostTable;
  readonly guard: Guard;
  readonly trusts: Trusts;
  readonly assets: ReadonlyMap<string, Asset>;
  /** On from the moment the node stops. */
  readonly drain: { readonly on: boolean };
  /** The ports, once there are any. */
  readonly bound: { readonly listener?: Listener };
  readonly urls: { readonly base: string; readonly admin: string };
}

/** Everything that answers requests: the edge, and behind it the dashboard and its API. */
export function openFront(
  { hosts, guard, trusts, assets, drain, bound, urls, ...shared }: FrontDeps,
): RequestHandler {
  const { apps, certificates, clock, keys, settings, storage, onError } = shared;
  const meter = new HttpMeter();
  const newRequestId = () => newId("req");
  const bodySeconds = () => settings.get("limits.request.bodySeconds");
  const keyOf = (authorization: string) =>
    keys.verify(/^Bearer (\S+)$/i.exec(authorization)?.[1] ?? "");
  const api = createApi({
    ...shared,
    meter,
    edge: () => bound.listener,
    mode: () => guard.state,
    startedAt: clock(),
    baseUrl: () => urls.base,
    adminUrl: () => urls.admin,
    newRequestId,
  });
  return createEdge({
    ...shared,
    hosts,
    site: (appId, revision) => apps.site(appId, revision),
    runnable: (appId, revision) => apps.runnable(appId, revision),
    objects: createSignedObjects({
      store: storage.s3,
      mayUse: (appId) => apps.mayUse(appId, "storage:s3"),
      bodySeconds,
      onError,
    }),
    admin: createAdmin({ api, assets, bodySeconds }),
    answered: (status, ms) => meter.count(status, ms),
    bodySeconds,
    keyOf: (authorization) => keyOf(authorization ?? "")?.id,
    headerBytes: () => settings.get("limits.request.headerKb") * 1024,
    trusts,
    hstsSeconds: () => settings.get("server.hstsDays") * 86_400,
    isOwner: (authorization) => keyOf(authorization)?.scopes.includes("admin") ?? false,
    httpsPort: () => bound.listener?.httpsPort,
    acmeAnswer: (host, token) => certificates.acmeAnswer(host, token),
    newRequestId,
    draining: () => drain.on,
    mode: () => guard.mode,
  });
}
