import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { pack, unpack } from "../../kernel/backup/mod.ts";
import { api } from "./http.ts";
import { startNode, type TestNode } from "./node.ts";

/** Runs with two nodes and a folder, which are gone at the end. */
export async function withNodes(run: (from: TestNode, to: TestNode, dir: string) => Promise<void>) {
  const dir = await Deno.makeTempDir({ prefix: "fazt-transfer-" });
  try {
    await using from = await startNode();
    await using to = await startNode();
    await run(from, to, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Sends an exported app to be imported. */
export const send = (node: TestNode, bytes: Uint8Array, query = "") =>
  api(node, "POST", `/api/apps/import${query}`, { body: bytes });
/** The bytes an API path answers with. */
export const download = async (node: TestNode, path: string) => {
  const response = await fetch(node.url + path, {
    headers: { authorization: `Bearer ${node.token}` },
  });
  assert.equal(response.status, 200);
  return new Uint8Array(await response.arrayBuffer());
};
/** What a statement finds in the file of a node. */
export const raw = (node: TestNode, sql: string) => {
  const db = new DatabaseSync(node.db, { readOnly: true });
  try {
    return db.prepare(sql).all().map((row) => ({ ...row }));
  } finally {
    db.close();
  }
};

/**
 * An exported app with its database changed, packed as soundly as by fazt itself.
 * @param damage gets the path of that database before it is packed
 */
export async function forge(
  good: string,
  change: (db: DatabaseSync) => void,
  damage: (path: string) => void = () => {},
): Promise<Uint8Array> {
  const inside = await Deno.makeTempFile({ prefix: "fazt-forged-" });
  const packed = `${inside}.fazt`;
  try {
    await Deno.remove(inside);
    const header = await unpack(good, { to: inside });
    const db = new DatabaseSync(inside);
    change(db);
    db.close();
    damage(inside);
    await pack({ from: inside, to: packed, header });
    return await Deno.readFile(packed);
  } finally {
    for (const path of [inside, packed]) await Deno.remove(path).catch(() => {});
  }
}
