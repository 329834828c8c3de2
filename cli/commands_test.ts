import assert from "node:assert/strict";
import { anApp, errorAnswer, FakeNode, jsonOf } from "./testing/fake_node.ts";

const app = anApp();
const grants = {
  requested: ["storage:kv", "net:fetch"],
  approved: ["storage:kv"],
  pending: ["net:fetch"],
  meanings: { "storage:kv": "keep key-value pairs" },
  permissions: { read: false, write: false, net: ["a.b:443"], sys: false },
};
/** Of an app without code: only its traffic is shown. */
const quiet = {
  traffic: { month: "2026-11", requests: 1, bytesIn: 7, bytesOut: 1500, budget: 2000, resetsAt: 1 },
};
const env = [
  { name: "KEY", set: true, secret: true, required: false },
  { name: "GREETING", set: true, secret: false, required: false, value: "hi" },
  { name: "NEEDED", set: false, secret: false, required: true },
];
const setting = {
  key: "server.port",
  value: 9000,
  source: "database",
  default: 8080,
  about: "port",
  restart: true,
};
const health = {
  version: "0.1.0",
  mode: "normal",
  startedAt: 1,
  uptimeMs: 90_000,
  url: "http://localhost:8080",
  domain: "localhost",
  apps: 2,
  runner: { realms: 1, isolates: 2, spares: 1 },
  memory: { rss: 90_000_000, heapUsed: 1, external: 1 },
  database: { path: "/d/data.db", bytes: 4096, level: 1 },
  cache: { bytes: 0, entries: 0, limit: 128_000_000 },
};

const domain = {
  id: "dom_1",
  domain: "xn--e1awd7f.example",
  unicode: "\u0435\u043f\u0456\u0441.example",
  appId: app.id,
  app: "blog",
  role: "serve",
  primary: false,
  state: "pending",
  url: "https://shop.example",
  createdAt: 1,
  check: { seen: [], problem: "it has no address; it should lead to 192.0.2.1" },
  records: [
    { type: "A", name: "shop.example", value: "192.0.2.1", why: "leads here", seen: false },
  ],
  warnings: [],
};
const certificate = {
  name: "blog.example",
  names: ["blog.example"],
  directory: "https://ca.example/dir",
  state: "due",
  serial: "0a",
  fingerprint: "0b",
  notBefore: 1,
  notAfter: 2,
  renewAt: 2,
  renewBy: "lifetime",
  createdAt: 1,
};
const certificates = {
  issuer: {
    kind: "auto",
    directory: "https://ca.example/dir",
    budget: { hour: { used: 0, max: 30 }, week: { used: 0, max: 45 } },
    secrets: { eabKey: false, tsigKey: false, cloudflareToken: false },
  },
  certificates: [certificate],
  waiting: [],
  attention: [{
    code: "CERTIFICATE_EXPIRING",
    message: "it ends",
    hint: "fazt net cert renew blog.example",
    target: "blog.example",
    at: 1,
  }],
};
const authority = {
  name: "Fazt development CA",
  pem: "ROOT",
  fingerprint: "ab".repeat(32),
  notAfter: 1,
  names: ["localhost", "test"],
};

const cell = {
  ...quiet,
  state: "idle",
  isolates: 2,
  inFlight: 3,
  waiting: 4,
  requests: 50,
  errors: 6,
  coldStarts: 3,
  sparesUsed: 1,
  restarts: 0,
  cpuMs: 1500,
  heapBytes: 8_000_000,
  externalBytes: 1_000_000,
};

const alias = (type: string) => ({
  label: "shop",
  type,
  appId: null,
  target: null,
  createdAt: 1,
});
const shopSplit = {
  ...alias("split"),
  split: [{ appId: "app_1", app: "blog", weight: 3 }, {
    appId: "app_2",
    app: "blog-next",
    weight: 1,
  }],
};

interface Row {
  readonly argv: readonly string[];
  /** Method and path, and the answer. */
  readonly api: Readonly<Record<string, unknown>>;
  /** The last request's JSON. */
  readonly sent?: unknown;
  readonly out: RegExp;
  readonly input?: string;
  readonly code?: number;
}

const APP = "/api/apps/blog";
const entry = (n: number, handler: string) => ({
  id: `job_${n}`,
  n,
  schedule: "0 3 * * *",
  timezone: "UTC",
  handler,
  nextAt: 1,
  lastAt: 1,
  lastResult: "ok",
  running: false,
});
const cron = {
  entries: [entry(0, "api/clean.ts"), entry(1, "api/mail.ts")],
  jobs: [],
  dead: [{ id: "job_x", status: "dead", nextAt: null, updatedAt: 1, attempt: 3, error: "boom" }],
};
const run = (jobId: string, result: string | null) => ({
  id: 1,
  jobId,
  cron: "0 3 * * *",
  handler: "api/mail.ts",
  plannedAt: 1,
  startedAt: 1000,
  endedAt: 3000,
  attempt: 1,
  result,
  error: result === "ok" ? null : "boom",
});
const event = {
  n: 9,
  id: "evt_1",
  type: "app:shop.sold",
  data: { id: 7 },
  source: "app:shop",
  at: 1,
};
const session = {
  id: "ses_123456789abc",
  method: "password",
  device: "Firefox on Linux",
  agent: "x",
  address: "203.0.113.9",
  createdAt: 1,
  lastSeenAt: 1,
  expiresAt: 1,
  current: false,
};
const key = {
  id: "key_123456789abc",
  name: "ci",
  scopes: ["read", "deploy:blog"],
  createdAt: 1,
  expiresAt: null,
  lastUsedAt: 1,
  lastAddress: "203.0.113.9",
};
const change = {
  id: 7,
  at: 1,
  actor: "owner",
  address: "203.0.113.9",
  action: "app.deploy",
  app: "blog",
  target: "blog\u001b[2J",
  result: "NAME_TAKEN",
};
const ROWS: readonly Row[] = [
  {
    argv: ["session", "list"],
    api: { "GET /api/sessions": [session] },
    out: /ses_123456789abc +Firefox on Linux +203\.0\.113\.9 +password/,
  },
  {
    argv: ["session", "list"],
    api: { "GET /api/sessions": [] },
    out: /Nobody is signed in: fazt server set-credentials/,
  },
  {
    argv: ["session", "end", "ses_1"],
    api: { "DELETE /api/sessions/ses_1": { id: "ses_1", current: false } },
    out: /ses_1 has ended/,
  },
  {
    argv: ["session", "end", "--yes"],
    api: { "DELETE /api/sessions": { ended: 1 } },
    out: /1 session ended/,
  },
  {
    argv: ["key", "list"],
    api: { "GET /api/keys": [key] },
    out: /key_123456789abc +ci +read, deploy:blog +never +1970[^]*203\.0\.113\.9/,
  },
  {
    argv: ["key", "list"],
    api: { "GET /api/keys": [] },
    out: /No keys yet: fazt server create-key NAME/,
  },
  {
    argv: ["key", "rename", "key_1", "laptop"],
    api: { "PATCH /api/keys/key_1": { ...key, name: "laptop" } },
    sent: { name: "laptop" },
    out: /key_123456789abc is laptop/,
  },
  {
    argv: ["key", "revoke", "key_1", "--yes"],
    api: { "DELETE /api/keys/key_1": { id: "key_1" } },
    out: /key_1 works no longer/,
  },
  {
    argv: ["activity", "list", "--app", "blog", "--result", "failed", "-n", "5"],
    api: { "GET /api/activity?app=blog&result=failed&limit=5": [change] },
    out: /owner +203\.0\.113\.9 +app\.deploy +blog\\u001b\[2J +NAME_TAKEN/,
  },
  {
    argv: ["activity", "list"],
    api: { "GET /api/activity?limit=100": [] },
    out: /Nothing was changed/,
  },
  {
    argv: ["server", "set-credentials"],
    api: { "POST /api/owner-links": { url: "http://admin.localhost/welcome#x", expiresAt: 1 } },
    out: /welcome#x\nOne use, until 1970/,
  },
  {
    argv: ["server", "set-credentials", "--password"],
    input: "four small words together\n",
    api: { "PUT /api/owner/password": { ended: 2 } },
    sent: { password: "four small words together" },
    out: /The password is set; every session has ended\n$/,
  },
  {
    argv: ["server", "set-credentials", "--reset-totp", "--sign-out"],
    api: {
      "DELETE /api/owner/totp": {},
      "DELETE /api/sessions": { ended: 3 },
      "POST /api/owner-links": { url: "http://admin.localhost/welcome#x", expiresAt: 1 },
    },
    out: /Codes are asked for no longer\nSessions ended: 3\n[^]*welcome#x/,
  },
  { argv: ["status"], api: { "GET /api/system/health": health }, out: /2 isolates, 1 spare/ },
  {
    argv: ["server", "cells"],
    api: { "GET /api/system/cells": [] },
    out: /No app has server code/,
  },
  {
    argv: ["server", "cells"],
    api: {
      "GET /api/system/cells": [{ ...cell, appId: app.id, name: "calm", isolates: 0 }, {
        ...cell,
        appId: app.id,
        name: "blog",
      }],
    },
    out: /^blog +idle +2 +7 +50 +6 +1\.5s +8 MB +1 MB\ncalm[^]*2 isolates; fazt app info/m,
  },
  {
    argv: ["app", "info", "blog"],
    api: { [`GET ${APP}`]: { ...app, hasServer: true }, [`GET ${APP}/status`]: cell },
    out: /2 isolates, 3 in flight, 4 waiting[^]*processor +1\.5s\nmemory +heap 8 MB, outside 1 MB/,
  },
  { argv: ["app", "list"], api: { "GET /api/apps": [] }, out: /No apps yet: fazt app deploy/ },
  { argv: ["app", "list"], api: { "GET /api/apps": [app] }, out: /blog +http.* 3 +2 +4\.1 KB/ },
  {
    argv: ["app", "info", "blog"],
    api: { [`GET ${APP}`]: app, [`GET ${APP}/status`]: quiet },
    out:
      /revision +3[^]*traffic +1\.5 KB of 2 KB to visitors, 7 B from them in 1 request of 2026-11/,
  },
  {
    argv: ["app", "info", "--id", app.id],
    api: { [`GET /api/apps/${app.id}`]: app, [`GET /api/apps/${app.id}/status`]: quiet },
    out: /name +blog/,
  },
  {
    argv: ["app", "info", "--alias", "www2"],
    api: {
      "GET /api/aliases": [{ label: "www2", type: "proxy", appId: app.id, createdAt: 1 }],
      [`GET /api/apps/${app.id}`]: app,
      [`GET /api/apps/${app.id}/status`]: quiet,
    },
    out: /name +blog/,
  },
  {
    argv: ["app", "files", "blog", "--revision", "2"],
    api: { [`GET ${APP}/files?revision=2`]: [{ path: "a b.txt", cid: "baf", size: 1, type: "t" }] },
    out: /a b\.txt +1 B/,
  },
  {
    argv: ["app", "files", "blog", "a b/c.txt"],
    api: { [`GET ${APP}/files/a%20b/c.txt`]: () => new Response("hello") },
    out: /^hello$/,
  },
  {
    argv: ["app", "logs", "blog", "-n", "5", "--level", "error"],
    api: {
      [`GET ${APP}/logs?limit=5&level=error`]: [
        { id: 1, at: 0, level: "error", message: "boom\n  at x", fields: { a: 1 } },
      ],
    },
    out: /error {2}boom {2}\{"a":1\}\n {4} {2}at x/,
  },
  {
    argv: ["app", "rename", "blog", "news"],
    api: { [`PATCH ${APP}`]: anApp({ name: "news" }) },
    sent: { name: "news" },
    out: /blog is now news/,
  },
  {
    argv: ["app", "remove", "blog", "--yes", "--keep-data"],
    api: {
      [`GET ${APP}`]: app,
      [`DELETE /api/apps/${app.id}?keepData=1`]: { id: app.id, name: "blog", keptData: true },
    },
    out: /blog is removed; its data is kept/,
  },
  {
    argv: ["app", "revisions", "blog"],
    api: {
      [`GET ${APP}/revisions`]: [{ n: 3, current: true, createdAt: 1, files: 2, size: 9 }],
    },
    out: /3 +current/,
  },
  {
    argv: ["app", "reserve", "shop"],
    api: { "PUT /api/aliases/shop": alias("reserved") },
    sent: { reserved: true },
    out: /shop is reserved|"reserved"/,
  },
  {
    argv: ["app", "split", "shop", "blog=3", "blog-next=1"],
    api: { "PUT /api/aliases/shop": shopSplit },
    sent: { split: { "blog": 3, "blog-next": 1 } },
    out: /shop leads to blog 75%, blog-next 25%|"split"/,
  },
  {
    argv: ["app", "swap", "shop", "away"],
    api: { "POST /api/aliases/swap": [{ ...alias("reserved"), label: "away" }, shopSplit] },
    sent: { a: "shop", b: "away" },
    out: /away now leads to nothing\nshop now leads to blog 75%|"split"/,
  },
  { argv: ["alias", "list"], api: { "GET /api/aliases": [shopSplit] }, out: /blog 75%|"split"/ },
  { argv: ["alias", "info", "shop"], api: { "GET /api/aliases": [shopSplit] }, out: /blog 75%|"s/ },
  {
    argv: ["app", "fork", "blog", "--name", "copy", "--no-storage", "--revision", "2"],
    api: {
      [`POST ${APP}/fork`]: {
        app,
        from: { id: app.id, name: "blog", revision: 2 },
        rows: 0,
        left: ["ds"],
      },
    },
    sent: { name: "copy", revision: 2, storage: false },
    out: /blog revision 2[^]*left behind|"rows"/,
  },
  {
    argv: ["app", "lineage", "blog"],
    api: {
      [`GET ${APP}/lineage`]: {
        id: app.id,
        origin: "app_gone",
        nodes: [
          { id: "app_gone", state: "gone" },
          { id: app.id, name: "blog", parentId: "app_gone", state: "active" },
          { id: "app_x", name: "twin", parentId: "app_gone", state: "kept" },
        ],
      },
    },
    out: /^app_gone {2}gone\n├─ blog .*<- this one\n└─ twin .* its data is kept|"nodes"/,
  },
  {
    argv: ["app", "preview", "blog", "--revision", "3", "--expires", "1d"],
    api: {
      [`POST ${APP}/preview`]: { revision: 3, url: "http://3--blog.localhost", expiresAt: 1 },
    },
    sent: { revision: 3, expires: "1d" },
    out: /Revision 3 answers at http:\/\/3--blog\.localhost|"url"/,
  },
  {
    argv: ["app", "preview", "blog", "--revision", "3", "--off"],
    api: { [`DELETE ${APP}/preview/3`]: { revision: 3 } },
    out: /Revision 3 is not previewed|"revision"/,
  },
  {
    argv: ["app", "promote", "blog"],
    api: { [`POST ${APP}/promote`]: { app, revision: { n: 4 }, previous: 3 } },
    sent: {},
    out: /serves revision 4[^]*fazt app rollback blog 3|"previous"/,
  },
  {
    argv: ["app", "diff", "blog", "--from", "1", "--text"],
    api: {
      [`GET ${APP}/diff`]: {
        from: 1,
        to: 2,
        files: [{ path: "a.txt", change: "added", to: { cid: "x", size: 3 } }],
        permissions: { added: ["net:fetch"], removed: [] },
        manifest: [{ field: "title", from: null, to: "T" }],
        patches: [{ path: "a.txt", patch: "@@ -0,0 +1,1 @@\n+hi\n" }],
      },
    },
    out: /1 file added, 0 removed[^]*! asks for net:fetch[^]*title: null -> "T"[^]*\+hi|"patches"/,
  },
  {
    argv: ["app", "rollback", "blog", "2"],
    api: { [`POST ${APP}/rollback`]: { app: anApp({ revision: 2 }), revision: 2 } },
    sent: { revision: 2 },
    out: /blog serves revision 2/,
  },
  {
    argv: ["app", "rollback", "blog"],
    api: { [`POST ${APP}/rollback`]: { app, revision: 2 } },
    sent: {},
    out: /blog serves revision/,
  },
  {
    argv: ["app", "env", "list", "blog"],
    api: { [`GET ${APP}/env`]: env },
    out: /NEEDED +missing/,
  },
  {
    argv: ["app", "env", "set", "blog", "A=1=2", "KEY"],
    api: { [`PUT ${APP}/env`]: env },
    sent: { A: "1=2", KEY: "from stdin" },
    input: "from stdin\n",
    out: /KEY +\(secret\)/,
  },
  {
    argv: ["app", "env", "unset", "blog", "A", "B"],
    api: { [`PUT ${APP}/env`]: [] },
    sent: { A: null, B: null },
    out: /No variables/,
  },
  {
    argv: ["app", "grants", "show", "blog"],
    api: { [`GET ${APP}/grants`]: grants },
    out:
      /storage:kv +approved +keep key-value pairs[^]*net:fetch +pending[^]*net +\["a\.b:443"\][^]*fazt app grants approve blog/,
  },
  {
    argv: ["app", "grants", "approve", "blog", "--yes"],
    api: { [`GET ${APP}/grants`]: grants, [`POST ${APP}/grants`]: { ...grants, pending: [] } },
    sent: { approve: ["net:fetch"] },
    out: /storage:kv +approved/,
  },
  {
    argv: ["app", "grants", "revoke", "blog", "storage:kv"],
    api: { [`POST ${APP}/grants`]: grants },
    sent: { revoke: ["storage:kv"] },
    out: /GRANT/,
  },
  {
    argv: ["app", "link", "www2", "blog"],
    api: { "PUT /api/aliases/www2": { label: "www2" } },
    sent: { app: "blog" },
    out: /www2 points at blog/,
  },
  {
    argv: ["app", "link", "old", "--redirect", "https://x.y"],
    api: { "PUT /api/aliases/old": { label: "old" } },
    sent: { redirect: "https://x.y" },
    out: /old points at https:\/\/x\.y/,
  },
  {
    argv: ["net", "domain", "map", "shop.example", "--app", "blog", "--role", "redirect"],
    api: { "POST /api/domains": domain },
    sent: { domain: "shop.example", app: "blog", role: "redirect" },
    out: /pending[^]*it should lead to 192\.0\.2\.1[^]*A +shop\.example +192\.0\.2\.1/,
  },
  {
    argv: ["net", "domain", "list"],
    api: { "GET /api/domains": [domain] },
    out: /xn--e1awd7f\.example \(\u0435\u043f\u0456\u0441\.example\) +blog/,
  },
  {
    argv: ["net", "domain", "set", "shop.example", "--primary"],
    api: { "PATCH /api/domains/shop.example": { ...domain, state: "active", primary: true } },
    sent: { primary: true },
    out: /\(primary\): active/,
  },
  {
    argv: ["net", "domain", "unmap", "shop.example", "-y"],
    api: { "DELETE /api/domains/shop.example": { domain: "shop.example" } },
    out: /leads nowhere now/,
  },
  {
    argv: ["net", "cert", "list"],
    api: { "GET /api/certificates": certificates },
    out: /blog\.example +due[^]*attention: it ends[^]*fazt net cert renew blog\.example/,
  },
  {
    argv: ["net", "cert", "info", "blog.example", "--print"],
    api: { "GET /api/certificates/blog.example": { ...certificate, chain: "PEM" } },
    out: /^PEM$/,
  },
  {
    argv: ["net", "cert", "issue", "blog.example", "--dry-run"],
    api: {
      "POST /api/certificates": { name: "blog.example", dryRun: true, directory: "D", ms: 5 },
    },
    sent: { name: "blog.example", dryRun: true },
    out: /can have a certificate: D took the proof/,
  },
  {
    argv: ["net", "cert", "renew", "blog.example"],
    api: { "POST /api/certificates/blog.example/renew": certificate },
    out: /serial +0a/,
  },
  {
    argv: ["net", "cert", "revoke", "blog.example", "--reason", "superseded", "-y"],
    api: {
      "POST /api/certificates/blog.example/revoke": {
        name: "blog.example",
        revokedAt: 1,
        replaced: null,
      },
    },
    sent: { reason: "superseded" },
    out: /is revoked[^]*no other one yet/,
  },
  {
    argv: ["net", "cert", "secret", "tsig", "--value", "c2VjcmV0"],
    api: { "PUT /api/certificates/secrets": { eabKey: false, tsigKey: true } },
    sent: { tsigKey: "c2VjcmV0" },
    out: /is kept/,
  },
  {
    argv: ["server", "trust", "--print"],
    api: { "GET /api/certificates/authority": authority },
    out: /^ROOT$/,
  },
  {
    argv: ["server", "trust", "--dry-run"],
    api: { "GET /api/certificates/authority": authority },
    out: /signs for +localhost, test[^]*Would do:/,
  },
  {
    argv: ["app", "unlink", "old", "-y"],
    api: { "DELETE /api/aliases/old": { label: "old" } },
    out: /points at nothing/,
  },
  {
    argv: ["app", "run", "blog", "POST", "/api/x", "-d", "hi", "-H", "x-a: b"],
    api: { [`POST ${APP}/run`]: { status: 201, headers: [], body: btoa("made"), ms: 4 } },
    sent: { method: "POST", path: "/api/x", headers: { "x-a": "b" }, body: "hi" },
    out: /^made$/,
  },
  {
    argv: ["app", "run", "blog", "/api/x"],
    api: { [`POST ${APP}/run`]: { status: 500, headers: [], body: btoa("bad"), ms: 4 } },
    sent: { method: "GET", path: "/api/x", headers: {} },
    out: /^bad$/,
    code: 1,
  },
  {
    argv: ["config", "set", "server.port", "9000"],
    api: { "PUT /api/system/config": setting },
    sent: { key: "server.port", value: "9000" },
    out: /server\.port is 9000 on the node; it counts from the next start/,
  },
  {
    argv: ["server", "set-config", "server.port", "9000"],
    api: { "PUT /api/system/config": setting },
    out: /9000/,
  },
  {
    argv: ["config", "get", "server.port"],
    api: { "GET /api/system/config": [setting] },
    out: /^9000\n/,
  },
  { argv: ["config", "list", "server"], api: { "GET /api/system/config": [setting] }, out: /port/ },
  {
    argv: ["config", "unset", "server.port"],
    api: { "DELETE /api/system/config/server.port": setting },
    out: /server\.port is/,
  },
  {
    argv: [
      "server",
      "create-key",
      "ci",
      "--scope",
      "deploy:blog",
      "--scope",
      "read",
      "--expires",
      "90d",
    ],
    api: { "POST /api/keys": { id: "key_1", name: "ci", scopes: ["read"], token: "fazt_abc" } },
    sent: { name: "ci", scopes: ["deploy:blog", "read"], expiresIn: "90d" },
    out: /^fazt_abc\n$/,
  },
  {
    argv: ["server", "set-credentials"],
    api: { "POST /api/owner-links": { url: "http://admin.localhost/#x", expiresAt: 1 } },
    out: /^http:\/\/admin\.localhost\/#x\n/,
  },
  {
    argv: ["app", "cron", "list", "blog"],
    api: { [`GET ${APP}/cron`]: cron },
    out: /0 +0 3 \* \* \* +UTC +api\/clean\.ts[^]*Failed for good[^]*job_x +dead .* boom/,
  },
  {
    argv: ["app", "cron", "list", "blog"],
    api: { [`GET ${APP}/cron`]: { entries: [], jobs: [], dead: [] } },
    out: /No cron entries/,
  },
  {
    argv: ["app", "cron", "history", "blog", "-n", "5"],
    api: { [`GET ${APP}/cron/history?limit=5`]: [run("job_y", "error")] },
    out: /error +2s +1 +0 3 \* \* \* +api\/mail\.ts +boom/,
  },
  {
    argv: ["app", "cron", "run", "blog", "api/mail.ts"],
    api: { [`GET ${APP}/cron`]: cron, [`POST ${APP}/cron/1/run`]: { id: "job_y" } },
    sent: {},
    out: /api\/mail\.ts runs now|"job_y"/,
  },
  {
    argv: ["app", "cron", "run", "blog", "1", "-f"],
    api: {
      [`GET ${APP}/cron`]: cron,
      [`POST ${APP}/cron/1/run`]: { id: "job_y" },
      [`GET ${APP}/cron/history`]: [run("job_z", "error"), run("job_y", "ok")],
    },
    out: /api\/mail\.ts: ok in 2s|"job_y"/,
  },
  {
    argv: ["app", "cron", "run", "blog", "1", "-f"],
    api: {
      [`GET ${APP}/cron`]: cron,
      [`POST ${APP}/cron/1/run`]: { id: "job_y" },
      [`GET ${APP}/cron/history`]: [run("job_z", "ok"), run("job_y", "error")],
    },
    code: 1,
    out: /api\/mail\.ts: error in 2s: boom|"job_y"/,
  },
  {
    argv: ["events", "list", "app:shop.*", "-n", "2"],
    api: {
      "GET /api/events?type=app%3Ashop.*&limit=2": { items: [event], before: 9 },
      "GET /api/events?type=app%3Ashop.*&limit=1&before=9": { items: [{ ...event, n: 3 }] },
    },
    out: /(app:shop\.sold[^]*){2}/,
  },
  { argv: ["events", "list"], api: { "GET /api/events": { items: [] } }, out: /No events|\[\]/ },
  {
    argv: ["events", "emit", "blog", "sold", "-d", '{"id":7}', "--persist"],
    api: { "POST /api/events": { id: "evt_1" } },
    sent: { app: "blog", type: "sold", data: { id: 7 }, persist: true },
    out: /sold of blog is emitted: evt_1/,
  },
];

for (const { argv, api, sent, out, input, code = 0 } of ROWS) {
  const line = argv.join(" ");
  Deno.test(`fazt ${line}`, async () => {
    await using node = new FakeNode(api);
    const result = await node.run(argv, input === undefined ? {} : { input });
    assert.equal(result.code, code, result.err);
    assert.match(result.out, out);
    if (sent !== undefined) assert.deepEqual(jsonOf(node.seen.at(-1)), sent);
  });

  Deno.test(`fazt ${line} --json`, async () => {
    await using node = new FakeNode(api);
    const result = await node.run([...argv, "--json"], input === undefined ? {} : { input });
    assert.equal(result.code, code, result.err);
    JSON.parse(result.out);
  });
}

Deno.test("what cannot be asked is not done", async () => {
  await using node = new FakeNode({ [`GET ${APP}`]: app, [`GET ${APP}/grants`]: grants });
  for (const argv of [["app", "remove", "blog"], ["app", "unlink", "x"]]) {
    assert.equal((await node.run(argv)).code, 2);
  }
  assert.equal((await node.run(["app", "grants", "approve", "blog"])).code, 2);
  assert.deepEqual(node.seen.filter((one) => one.method !== "GET"), []);
});

Deno.test("a question answered no changes nothing", async () => {
  await using node = new FakeNode({ [`GET ${APP}`]: app });
  const { code, err } = await node.run(["app", "remove", "blog"], { terminal: true, input: "n\n" });
  assert.equal(code, 1);
  assert.match(err, /nothing was changed/);
  assert.equal(node.seen.length, 1);
});

Deno.test("app logs -f prints the past and then what comes, until the stream ends", async () => {
  const line = (id: number, level = "info") => ({ id, at: 0, level, message: `line ${id}` });
  const events = [1, 2, 3].map((id) => `data: ${JSON.stringify(line(id))}\n\n`).join(": beat\n\n");
  await using node = new FakeNode({
    [`GET ${APP}/logs`]: [line(1)],
    [`GET ${APP}/logs/stream`]: () =>
      new Response(events, { headers: { "content-type": "text/event-stream" } }),
  });
  const { code, out } = await node.run(["app", "logs", "blog", "-f", "--json"]);
  assert.equal(code, 0);
  assert.deepEqual(out.trim().split("\n").map((text) => JSON.parse(text).id), [1, 2, 3]);
});

Deno.test("events watch prints what comes and says what was lost", async () => {
  const events = [event, { ...event, id: "evt_2", dropped: 3 }]
    .map((one) => `data: ${JSON.stringify(one)}\n\n`).join(": beat\n\n");
  await using node = new FakeNode({
    "GET /api/events/stream?type=app%3Ashop.*": () =>
      new Response(events, { headers: { "content-type": "text/event-stream" } }),
  });
  const { code, out, err } = await node.run(["events", "watch", "app:shop.*", "--json"]);
  assert.equal(code, 0);
  assert.deepEqual(out.trim().split("\n").map((text) => JSON.parse(text).id), ["evt_1", "evt_2"]);
  assert.match(err, /3 events lost/);
});

Deno.test("a stream that breaks off says that the node is lost", async () => {
  await using node = new FakeNode({
    "GET /api/events/stream": () => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(": connected\n\n")),
        pull: (controller) => controller.error(new Error("broken")),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const { code, err } = await node.run(["events", "watch"]);
  assert.equal(code, 5, err);
  assert.match(err, /error: (?:Lost|Cannot reach) the node at/);
});

Deno.test("a cron entry that is not named well is not run", async () => {
  await using node = new FakeNode({ [`GET ${APP}/cron`]: cron });
  const ask = (...entry: string[]) => node.run(["app", "cron", "run", "blog", ...entry]);
  const [none, typo, number] = [await ask(), await ask("api/mial.ts"), await ask("7")];
  assert.deepEqual([none.code, typo.code, number.code], [2, 3, 3]);
  assert.match(none.err, /0 \(api\/clean\.ts\), 1 \(api\/mail\.ts\)/);
  assert.match(typo.err, /did you mean api\/mail\.ts\?/);
  assert.deepEqual(node.seen.filter((one) => one.method !== "GET"), []);
});

Deno.test("app run reads a body from a file and from stdin", async () => {
  await using node = new FakeNode({
    [`POST ${APP}/run`]: { status: 200, headers: [], body: "", ms: 1 },
  });
  Deno.writeTextFileSync(`${node.folder}/body.txt`, "from file");
  await node.run(["app", "run", "blog", "-d", "@body.txt"], { cwd: node.folder });
  assert.equal(jsonOf<{ body: string; method: string }>(node.seen.at(-1)).body, "from file");
  await node.run(["app", "run", "blog", "-d", "@-"], { input: "from stdin" });
  assert.deepEqual(jsonOf(node.seen.at(-1)), {
    method: "POST",
    path: "/api",
    headers: {},
    body: "from stdin",
  });
  Deno.writeFileSync(`${node.folder}/image.png`, new Uint8Array([0x89, 0x50, 0xff]));
  const bytes = await node.run(["app", "run", "blog", "-d", "@image.png"], { cwd: node.folder });
  assert.equal(bytes.code, 2, "bytes would arrive as other bytes");
});

Deno.test("an alias that does not exist is named", async () => {
  await using node = new FakeNode({
    "GET /api/aliases": [],
    GET: () => errorAnswer(500, "X", "x"),
  });
  const { code, err } = await node.run(["app", "info", "--alias", "www2"]);
  assert.equal(code, 3);
  assert.match(err, /no alias "www2"/);
});

Deno.test("what cannot be meant of forks, splits and previews is refused before a node is asked", async () => {
  const bad: [string[], RegExp][] = [
    [["app", "split", "shop", "blog=0.5", "b=1"], /Cannot read "blog=0\.5"/],
    [["app", "split", "shop", "blog=-1", "b=1"], /Cannot read "blog=-1"/],
    [["app", "split", "shop", "=1", "b=1"], /Cannot read "=1"/],
    [["app", "split", "shop", "b=1", "b=2"], /b stands in it twice/],
    [["app", "fork", "blog"], /the new app has no name/],
    [["app", "fork", "blog", "--name", "x", "--revision", "0"], /"0" as a revision/],
    [["app", "preview", "blog", "--off"], /no revision is named/],
    [["app", "diff", "blog", "--to-revision", "two"], /"two" as a revision/],
  ];
  for (const [argv, message] of bad) {
    await using node = new FakeNode({});
    const result = await node.run(argv);
    assert.equal(result.code, 2, argv.join(" "));
    assert.match(result.err, message);
    assert.equal(node.seen.length, 0);
  }
});
