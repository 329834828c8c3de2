import { type Context, Hono } from "hono";
import type { Content, Place } from "../../content/mod.ts";
import { readCid } from "../../fs/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { carStream } from "../ipfs/mod.ts";
import { appFor, need } from "./guards.ts";
import { queryInt, readQuery } from "./input.ts";
import { pinRoutes } from "./pins.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const query = z.object({
  path: z.string().max(4096).default(""),
  revision: queryInt.optional(),
  as: z.enum(["info", "bytes", "car"]).default("info"),
});

describe({
  "GET /api/fs/apps/{ref}": {
    does: "What a revision holds at a path",
    scope: "app:read",
    query: query,
    gives: "A file or a folder; with `as`, its bytes or a CAR",
  },
  "GET /api/fs/cids/{cid}": {
    does: "What a cid holds at a path",
    scope: "read",
    query: query,
    gives: "A file or a folder; with `as`, its bytes or a CAR",
  },
});

/**
 * `/api/fs/apps/{ref}` and `/api/fs/cids/{cid}`: what an app's revision or a cid holds at a path, for
 * those who may read apps; `?as=bytes` and `?as=car` give the content itself.
 */
export function contentRoutes(services: ApiServices): Hono<ApiEnv> {
  const { content, apps } = services;
  const routes = new Hono<ApiEnv>();
  routes.get("/fs/apps/:ref", async (c) => {
    const { id, name, revision: current } = appFor(c, services, "read");
    const { path, revision: n = current, as } = readQuery(c, query);
    const found = apps.revisions(id).find((revision) => revision.n === n);
    const place = found && content.inRevision({ ...found, appId: id }, trimmed(path));
    if (place) return await answer(c, { content, vfs: services.vfs, place, as });
    throw new FaztError("NOT_FOUND", `There is no ${shown(path)} in "${name}"`, {
      hint: `fazt fs ls ${name} lists what there is`,
    });
  });
  routes.get("/fs/cids/:cid", async (c) => {
    need(c, "read");
    const { path, as } = readQuery(c, query);
    const cid = readCid(c.req.param("cid"));
    const root = cid === undefined || cid === "unsupported"
      ? undefined
      : content.find(cid.text, "owner");
    const below = trimmed(path);
    const place = root?.kind === "folder"
      ? content.below(root, below)
      : below === ""
      ? root
      : undefined;
    if (place) return await answer(c, { content, vfs: services.vfs, place, as });
    throw new FaztError(
      "NOT_FOUND",
      `There is no ${shown(c.req.param("cid"))} with ${shown(path)}`,
      {
        hint:
          "fazt storage pins list shows what is pinned, fazt app revisions APP what is deployed",
      },
    );
  });
  routes.route("/pins", pinRoutes(services));
  return routes;
}

const trimmed = (path: string) => path.replace(/^\/+|\/+$/g, "").normalize("NFC");
const shown = (text: string) => JSON.stringify(text.slice(0, 200));

async function answer(
  c: Context<ApiEnv>,
  { content, vfs, place, as }: {
    readonly content: Content;
    readonly vfs: ApiServices["vfs"];
    readonly place: Place;
    readonly as: "info" | "bytes" | "car";
  },
): Promise<Response> {
  if (as === "car") {
    const wanted = { format: "car", scope: "all" } as const;
    const body = carStream({ content, way: [], place, wanted, sent: { sent: () => {} } });
    return new Response(body, { headers: { "content-type": "application/vnd.ipld.car" } });
  }
  if (place.kind === "file") {
    const { cid, size } = place;
    if (as === "info") return c.json({ data: { kind: "file", cid, size } });
    // Content must never run as the dashboard's own.
    return new Response(vfs.stream(place.blobCid), {
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(size),
        "content-disposition": "attachment",
      },
    });
  }
  if (as === "bytes") {
    throw new FaztError("INVALID", "Cannot print this: it is a folder", {
      hint: "fazt fs ls lists it, fazt fs export writes all of it to a file",
    });
  }
  const entries = await content.list(place);
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  return c.json({ data: { kind: "folder", cid: place.cid, size, entries } });
}
