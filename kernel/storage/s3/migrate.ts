import type { Owner } from "../usage.ts";
import type { ObjectProvider } from "./object.ts";

/** One page of a move. */
export interface Migrated {
  /** Objects copied, and their bytes. */
  readonly copied: number;
  readonly bytes: number;
  /** Objects that were there already. */
  readonly same: number;
  /** Where to go on; left out at the end. */
  readonly cursor?: string;
}

/** Bytes after which a page ends early. */
const PAGE_BYTES = 256 * 2 ** 20;

/** Copies what one page of a place has to another; see `ObjectStore.migrate`. */
export async function migratePage(
  { appId, source, target, cursor }: {
    readonly appId: string;
    readonly source: ObjectProvider;
    readonly target: ObjectProvider;
    readonly cursor: string | undefined;
  },
): Promise<Migrated> {
  let copied = 0;
  let bytes = 0;
  let same = 0;
  const page = await source.everything(appId, cursor);
  for (const { owner, path } of page.items) {
    const size = await copy(owner, path, { source, target });
    if (size === undefined) same++;
    else {
      copied++;
      bytes += size;
    }
    // The same page again: what was copied is then there already.
    if (bytes > PAGE_BYTES) return { copied, bytes, same, cursor: cursor ?? "" };
  }
  return { copied, bytes, same, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
}

/** The bytes that went over; undefined when there was nothing to do. */
async function copy(
  owner: Owner,
  path: string,
  { source, target }: { readonly source: ObjectProvider; readonly target: ObjectProvider },
): Promise<number | undefined> {
  const head = await source.head(owner, path);
  if (head === undefined) return undefined;
  const there = await target.head(owner, path);
  if (there?.size === head.size && there.updatedAt >= head.updatedAt - 1000) return undefined;
  const { type, metadata, size } = head;
  await target.put(owner, { path, type, metadata }, {
    body: await source.open(owner, head, { start: 0, end: size }),
    size,
    meter: () => {},
  });
  return size;
}
