import type { z } from "../../lib/zod.ts";

/**
 * Who may: `none` needs no credential, `any` any that works; `read`, `deploy` and `admin` that scope
 * of the whole node; `app:…` that scope of the app that the route names.
 */
export type RouteScope =
  | "none"
  | "any"
  | "read"
  | "deploy"
  | "admin"
  | "app:read"
  | "app:deploy"
  | "app:admin";

/** What a route takes and gives; the schemas are the ones that its handler checks with. */
export interface RouteDoc {
  /** What it does, in a few words. */
  readonly does: string;
  readonly scope: RouteScope;
  readonly query?: z.ZodObject;
  /** JSON unless it says otherwise. */
  readonly body?: z.ZodType | "bytes" | "multipart";
  /** What `data` of the answer is, in a few words. */
  readonly gives: string;
  /** Its schema, where it is written down. */
  readonly data?: z.ZodType;
  /** Of an answer that all went well with; default 200. */
  readonly status?: number;
  /** Media type of an answer that is not the envelope. */
  readonly type?: string;
  /** Refusals that only this route has, by status. */
  readonly errors?: Readonly<Record<number, string>>;
  /** Why tests do not ask it at random: it ends the node, or waits for somebody else. */
  readonly unsafe?: string;
}

const docs = new Map<string, RouteDoc>();

/**
 * Describes routes by `METHOD /path/{parameter}`; stands beside them, once each. OpenAPI is made of
 * these descriptions, and a test names the routes that have none.
 */
export function describe(routes: Readonly<Record<`${string} /${string}`, RouteDoc>>): void {
  for (const [route, doc] of Object.entries(routes)) {
    if (docs.has(route)) throw new Error(`${route} is described twice`);
    docs.set(route, doc);
  }
}

/** Every description there is. */
export function described(): ReadonlyMap<string, RouteDoc> {
  return docs;
}
