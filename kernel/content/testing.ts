import type { AppsFixture } from "../apps/testing.ts";
import { CarWriter } from "@ipld/car";
import { importer, type ImporterOptions } from "ipfs-unixfs-importer";
import type { CID } from "multiformats/cid";
import { Vfs } from "../fs/mod.ts";
import { concat } from "../lib/concat.ts";
import { Content } from "./content.ts";

/** Content on a fixture's database, with the fixture's clock. Tests only. */
export function contentOf(t: AppsFixture): { content: Content; vfs: Vfs } {
  const { db, settings } = t;
  const clock = () => t.now;
  const vfs = new Vfs({ db, settings, clock });
  const site = (appId: string) => t.apps.site(appId);
  const content = new Content({ db, vfs, settings, clock, site });
  t.apps.onChange(() => content.changed());
  return { content, vfs };
}

/** A CAR as IPFS's own importer and writer make it. Tests only. */
export async function carOf(
  files: Readonly<Record<string, Uint8Array>>,
  options: ImporterOptions = {},
): Promise<{ car: Uint8Array; root: CID }> {
  const blocks: { cid: CID; bytes: Uint8Array }[] = [];
  const store = { put: (cid: CID, bytes: Uint8Array) => (blocks.push({ cid, bytes }), cid) };
  const source = Object.entries(files).map(([path, content]) => ({ path, content }));
  const all = { wrapWithDirectory: true, ...options };
  let root: CID | undefined;
  // deno-lint-ignore no-explicit-any -- of a block store the importer only ever calls put
  for await (const entry of importer(source, store as any, all)) root = entry.cid;
  const { writer, out } = CarWriter.create([root!]);
  const done = (async () => {
    for (const block of blocks) await writer.put(block);
    await writer.close();
  })();
  const parts: Uint8Array[] = [];
  for await (const part of out) parts.push(part);
  await done;
  return { car: concat(parts), root: root! };
}
