import { type Context, Hono } from "hono";
import type { Pin } from "../../content/mod.ts";
import { isCid, readCid } from "../../fs/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { withAppNames } from "./app_ref.ts";
import { actorOf, appFor, need, recordChange } from "./guards.ts";
import { bodyOf, readJson, readQuery, uploadOf } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

/** Largest list of files, bytes of JSON. */
const MAX_LIST = 8_388_608;

const name = z.string().min(1).max(200).optional();
const pinInput = z.object({
  name,
  public: z.boolean().default(true),
  files: z.array(z.object({
    path: z.string().max(4096),
    cid: z.string().refine(isCid, "is not a cid"),
    size: z.int().min(0).optional(),
  })),
});
const carQuery = z.object({ name, public: z.stringbool().default(true) });

describe({
  "GET /api/pins": {
    does: "Every pin",
    scope: "admin",
    gives: "Pins",
  },
  "POST /api/pins": {
    does: "Keeps content by its ids",
    scope: "admin",
    body: pinInput,
    gives: "`missing` cids (200), or the pin (201)",
    status: 201,
    errors: { 200: "Blobs are missing: send each, then repeat" },
  },
  "POST /api/pins/car": {
    does: "Brings in content as a CAR and keeps it",
    scope: "admin",
    query: carQuery,
    body: "bytes",
    gives: "The pin",
    status: 201,
  },
  "DELETE /api/pins/cids/{cid}": {
    does: "Lets content go",
    scope: "admin",
    gives: "Its cid",
  },
  "GET /api/pins/apps/{ref}": {
    does: "Pins of an app",
    scope: "app:deploy",
    gives: "Pins",
  },
  "POST /api/pins/apps/{ref}": {
    does: "Keeps content for an app",
    scope: "app:deploy",
    body: pinInput,
    gives: "`missing` cids (200), or the pin (201)",
    status: 201,
    errors: { 200: "Blobs are missing: send each, then repeat" },
  },
  "POST /api/pins/apps/{ref}/car": {
    does: "Brings in content as a CAR and keeps it for an app",
    scope: "app:deploy",
    query: carQuery,
    body: "bytes",
    gives: "The pin",
    status: 201,
  },
  "DELETE /api/pins/apps/{ref}/cids/{cid}": {
    does: "Lets an app's content go",
    scope: "app:deploy",
    gives: "Its cid",
  },
});

/** `/api/pins` (the owner's) and `/api/pins/apps/{ref}` (an app's): content kept by its id. */
export function pinRoutes(services: ApiServices): Hono<ApiEnv> {
  const { content } = services;
  const routes = new Hono<ApiEnv>();

  /** Whose pins a route is about. */
  const ownerOf = (c: Context<ApiEnv>): string => {
    if (c.req.param("ref") !== undefined) return appFor(c, services, "deploy").id;
    need(c, "admin");
    return "";
  };
  const shown = (pin: Pin) => ({
    ...withAppNames(services, [pin])[0]!,
    ...(pin.public ? { url: `${services.baseUrl()}/ipfs/${pin.cid}` } : {}),
  });
  const record = (c: Context<ApiEnv>, action: string, pin: { cid: string; appId: string }) =>
    recordChange(c, services, {
      action,
      target: pin.cid,
      ...(pin.appId === "" ? {} : { details: { appId: pin.appId } }),
    });

  for (const prefix of ["", "/apps/:ref"]) {
    routes.get(prefix || "/", (c) => {
      const appId = ownerOf(c);
      // The owner sees every app's too.
      return c.json({ data: content.pins(appId || undefined).map(shown) });
    });
    routes.post(prefix || "/", async (c) => {
      const appId = ownerOf(c);
      const { files, name, public: open } = await readJson(c, pinInput, MAX_LIST);
      const { userId } = actorOf(c);
      const done = await content.pin(files, { appId, userId, name, public: open });
      if ("missing" in done) return c.json({ data: done });
      record(c, "pin.add", { cid: done.cid, appId });
      return c.json({ data: shown(done) }, 201);
    });
    routes.post(`${prefix}/car`, async (c) => {
      const appId = ownerOf(c);
      const { name, public: open } = readQuery(c, carQuery);
      const { userId } = actorOf(c);
      const body = bodyOf(c.req.raw, uploadOf(c));
      const pin = await content.import(body, { appId, userId, name, public: open });
      record(c, "pin.import", { cid: pin.cid, appId });
      return c.json({ data: shown(pin) }, 201);
    });
    routes.delete(`${prefix}/cids/:cid`, async (c) => {
      const appId = ownerOf(c);
      const read = readCid(c.req.param("cid") ?? "");
      const cid = read === undefined || read === "unsupported" ? undefined : read.text;
      if (cid === undefined || !await content.unpin(appId, cid)) {
        throw new FaztError("NOT_FOUND", "There is no such pin", {
          hint: "fazt storage pins list shows every pin and whose it is",
        });
      }
      record(c, "pin.remove", { cid, appId });
      return c.json({ data: { cid } });
    });
  }
  return routes;
}
