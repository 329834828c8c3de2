import type { App } from "../../apps/mod.ts";
import { isId } from "../../lib/ids.ts";
import type { ApiServices } from "./services.ts";

/**
 * The id of the app that a field or query names; undefined stays so and means every app. An id is
 * taken as it is: what was written about an app outlives it.
 * @throws {FaztError} `NOT_FOUND` naming the nearest app.
 */
export function appIdOf({ apps }: ApiServices, ref: string | undefined): string | undefined {
  return ref === undefined || isId("app", ref) ? ref : apps.info(ref).id;
}

/** The same for what is to be written down about an app: there has to be one. */
export function livingAppId({ apps }: ApiServices, ref: string | undefined): string | undefined {
  return ref === undefined ? undefined : apps.info(ref).id;
}

/** Adds to each row the name of the app it is about, where there is such an app. */
export function withAppNames<R extends { readonly appId?: string }>(
  { apps }: ApiServices,
  rows: readonly R[],
): (R & { readonly app?: string })[] {
  const names = new Map(apps.list().map(({ id, name }: App) => [id, name]));
  return rows.map((row) => {
    const app = row.appId === undefined ? undefined : names.get(row.appId);
    return app === undefined ? row : { ...row, app };
  });
}
