import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { actorOf, appFor, need, recordChange } from "./guards.ts";
import { bodyOf, readQuery, uploadOf } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

const exportQuery = z.object({ data: z.enum(["0", "1"]).optional() });
const importQuery = z.object({
  name: z.string().max(63).optional(),
  approve: z.enum(["0", "1"]).optional(),
});

describe({
  "POST /api/apps/import": {
    does: "Brings in an app with its data from a file",
    scope: "admin",
    query: importQuery,
    body: "bytes",
    gives: "The app, and what was left out",
    status: 201,
    errors: { 409: "The name is taken" },
  },
  "GET /api/apps/{ref}/export": {
    does: "An app with its data as one file",
    scope: "app:admin",
    query: exportQuery,
    gives: "The file",
    type: "application/octet-stream",
  },
});

/** `GET /api/apps/{ref}/export` and `POST /api/apps/import`: an app with its data as one file. */
export function appTransferRoutes(services: ApiServices): Hono<ApiEnv> {
  const { transfer } = services;
  const routes = new Hono<ApiEnv>();
  routes.post("/import", async (c) => {
    need(c, "admin");
    const { name, approve } = readQuery(c, importQuery);
    const options = { name, approve: approve === "1" };
    return c.json({
      data: await transfer.import(
        bodyOf(c.req.raw, uploadOf(c)),
        options,
        actorOf(c),
      ),
    }, 201);
  });
  routes.get("/:ref/export", async (c) => {
    const { id } = appFor(c, services, "admin");
    const data = readQuery(c, exportQuery).data !== "0";
    const { app, bytes, stream } = await transfer.export(id, { data });
    recordChange(c, services, { action: "app.export", target: app.name, details: { data } });
    return new Response(stream, {
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(bytes),
        "content-disposition": `attachment; filename="${app.name}.fazt"`,
        "cache-control": "no-store",
      },
    });
  });
  return routes;
}
