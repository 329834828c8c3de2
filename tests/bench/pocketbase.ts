import { freePort } from "./free_port.ts";
import { installed, load, type LoadResult } from "./load.ts";

/** What PocketBase does with the same questions, over HTTP with 64 clients. */
export interface PocketBaseTimes {
  /** One record by its id: beside a handler with one `kv.get`. */
  readonly view: LoadResult | undefined;
  /** One new record: beside a handler with one `kv.set`. */
  readonly create: LoadResult | undefined;
  /** One record by an indexed field: beside a handler with one `ds.find`. */
  readonly find: LoadResult | undefined;
}

const OWNER = { identity: "bench@example.com", password: "a long password" };

/** Measures PocketBase with `count` records; undefined where it is not installed. */
export async function pocketbaseTimes(count: number): Promise<PocketBaseTimes | undefined> {
  if (!installed("pocketbase")) return undefined;
  const dir = Deno.makeTempDirSync({ prefix: "fazt-pocketbase-" });
  const quiet = { stdout: "null", stderr: "null" } as const;
  await new Deno.Command("pocketbase", {
    args: ["superuser", "upsert", OWNER.identity, OWNER.password, "--dir", dir],
    ...quiet,
  }).output();
  const port = freePort();
  const child = new Deno.Command("pocketbase", {
    args: ["serve", "--http", `127.0.0.1:${port}`, "--dir", dir],
    ...quiet,
  }).spawn();
  const base = `http://127.0.0.1:${port}/api`;
  try {
    await up(`${base}/health`);
    const { token } = await post(`${base}/collections/_superusers/auth-with-password`, OWNER);
    await post(`${base}/collections`, {
      name: "people",
      type: "base",
      listRule: "",
      viewRule: "",
      createRule: "",
      fields: [{ name: "email", type: "text" }, { name: "n", type: "number" }],
      indexes: ["CREATE INDEX idx_people_email ON people (email)"],
    }, token);
    const records = `${base}/collections/people/records`;
    let id = "";
    for (let from = 0; from < count; from += 50) {
      const made = await Promise.all(Array.from(
        { length: Math.min(50, count - from) },
        (_, i) => post(records, { email: `person${from + i}@example.com`, n: from + i }),
      ));
      id = made[0]!.id;
    }
    const connections = 64;
    const filter = encodeURIComponent(`email='person${count >> 1}@example.com'`);
    return {
      view: await load(`${records}/${id}`, { connections }),
      find: await load(`${records}?perPage=1&skipTotal=1&filter=${filter}`, { connections }),
      create: await load(records, { connections, method: "POST", body: { email: "a", n: 1 } }),
    };
  } finally {
    child.kill("SIGTERM");
    await child.status;
    Deno.removeSync(dir, { recursive: true });
  }
}

async function up(url: string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    const answers = await fetch(url).then((r) => r.bytes()).catch(() => undefined);
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("PocketBase does not answer");
}

async function post(
  url: string,
  body: unknown,
  token = "",
): Promise<{ readonly id: string; readonly token: string }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: token }) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`PocketBase: ${response.status} ${await response.text()}`);
  return await response.json();
}
