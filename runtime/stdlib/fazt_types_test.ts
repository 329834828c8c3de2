import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** An app written against the types; each `@ts-expect-error` fails when the types allow the line. */
const APP = `/// <reference path="./fazt.d.ts" />
import api, { storage } from "fazt";

const handler: Fazt.Handler = async (request, ctx) => {
  const { kv } = ctx.fazt.storage;
  const visits: number = await kv.increment("visits");
  const name: string = await api.env.get("NAME", "nobody");
  const page = await storage.kv.list<{ n: number }>("items/", { limit: 10 });
  await kv.set("last", { at: new Date(), raw: new Uint8Array(2) }, { ttl: "5m" });
  await fazt.log.info("seen", { url: request.url });
  // @ts-expect-error a value may be absent
  const absent: string = await kv.get<string>("x");
  // @ts-expect-error there is no such namespace
  fazt.storage.sql;
  return absent ? null : { visits, name, first: page.items[0]?.value.n ?? 0 };
};
export const classic: Fazt.ClassicHandler = ({ url, json }) => ({
  status: 201,
  headers: { "set-cookie": ["a=1", "b=2"] },
  json: { path: url.pathname, json },
});
// @ts-expect-error a status is a number
export const wrong: Fazt.ClassicHandler = () => ({ status: "ok" });
export default { fetch: handler, scheduled() {} } satisfies Fazt.Module;
`;

Deno.test("fazt types: describe the handlers apps write", async () => {
  // A folder of its own: in this project "fazt" is the project itself.
  const folder = await Deno.makeTempDir();
  try {
    const types = fileURLToPath(new URL("./fazt.d.ts", import.meta.url));
    await Deno.copyFile(types, `${folder}/fazt.d.ts`);
    await Deno.writeTextFile(`${folder}/deno.json`, "{}");
    await Deno.writeTextFile(`${folder}/main.ts`, APP);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "main.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
