import { Hono } from "hono";
import { z } from "../../lib/zod.ts";
import { actorOf, need, recordChange } from "./guards.ts";
import { readJson } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";
import { describe } from "../openapi/mod.ts";

// No message may repeat any of it, so that its length is judged where it is used.
const passphrase = z.string();
const createInput = z.object({ passphrase: passphrase.optional(), plain: z.boolean().optional() });
const verifyInput = z.object({ passphrase: passphrase.optional() });
const secretInput = z.object({
  passphrase: passphrase.nullable().optional(),
  s3SecretKey: z.string().nullable().optional(),
});

describe({
  "GET /api/backups": {
    does: "Backups and how they are made",
    scope: "admin",
    gives: "Backups, newest first",
  },
  "GET /api/backups/progress": {
    does: "The backup that is made now",
    scope: "admin",
    gives: "How far it is, or null",
  },
  "POST /api/backups": {
    does: "Makes a backup",
    scope: "admin",
    body: createInput,
    gives: "The backup, once it is whole",
    status: 201,
    errors: { 409: "One is made already", 507: "There is no room" },
  },
  "PUT /api/backups/secrets": {
    does: "Keeps or forgets the passphrase and the key of the bucket",
    scope: "admin",
    body: secretInput,
    gives: "Which are kept",
  },
  "GET /api/backups/{id}": {
    does: "One backup: its id, the beginning of it, or `latest`",
    scope: "admin",
    gives: "The backup",
  },
  "GET /api/backups/{id}/file": {
    does: "The file of a backup",
    scope: "admin",
    gives: "The file",
    type: "application/octet-stream",
  },
  "POST /api/backups/{id}/verify": {
    does: "Reads a backup whole and proves it",
    scope: "admin",
    body: verifyInput,
    gives: "The backup with its proof",
  },
  "DELETE /api/backups/{id}": {
    does: "Removes a backup",
    scope: "admin",
    gives: "Its id",
  },
});

/** `/api/backups`: whoever may read a backup may read everything, so all of it is for `admin`. */
export function backupRoutes(services: ApiServices): Hono<ApiEnv> {
  const { backups } = services;
  const routes = new Hono<ApiEnv>();
  routes.use(async (c, next) => {
    need(c, "admin");
    await next();
  });
  routes.get("/", async (c) => c.json({ data: await backups.overview() }));
  routes.get("/progress", (c) => c.json({ data: { running: backups.running ?? null } }));
  routes.post("/", async (c) => {
    const input = await readJson(c, createInput);
    const { userId } = actorOf(c);
    const backup = await backups.create({ ...input, userId, source: "manual" });
    const details = { bytes: backup.bytes, encrypted: backup.encrypted };
    recordChange(c, services, { action: "backup.create", target: backup.id, details });
    return c.json({ data: backup }, 201);
  });
  routes.put("/secrets", async (c) => {
    const input = await readJson(c, secretInput);
    await backups.keys.set(input, actorOf(c).userId);
    const details = { names: Object.keys(input) };
    recordChange(c, services, { action: "backup.secrets", target: "backups", details });
    const { passphraseKept, s3SecretKeyKept } = backups.keys;
    return c.json({ data: { passphrase: passphraseKept, s3SecretKey: s3SecretKeyKept } });
  });
  routes.get("/:id", async (c) => c.json({ data: await backups.info(c.req.param("id")) }));
  routes.get("/:id/file", async (c) => {
    const { backup, stream } = await backups.file(c.req.param("id"));
    recordChange(c, services, { action: "backup.read", target: backup.id, details: {} });
    return new Response(stream, {
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(backup.bytes),
        "content-disposition": `attachment; filename="${backup.id}.fbk"`,
        "cache-control": "no-store",
      },
    });
  });
  routes.post("/:id/verify", async (c) => {
    const { passphrase } = await readJson(c, verifyInput);
    return c.json({ data: await backups.verify(c.req.param("id"), passphrase) });
  });
  routes.delete("/:id", async (c) => {
    const { id } = await backups.remove(c.req.param("id"));
    recordChange(c, services, { action: "backup.remove", target: id, details: {} });
    return c.json({ data: { id } });
  });
  return routes;
}
