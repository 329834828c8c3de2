import type { TreeRow } from "./operations.ts";
import type { ListedEntry } from "./place.ts";

/** The names directly in a folder, from everything below it: folders first, then by name. */
export function listEntries(
  rows: readonly TreeRow[],
  { path, cidOf }: {
    readonly path: string;
    /** The cid of a folder. */
    readonly cidOf: (path: string) => string | undefined;
  },
): ListedEntry[] {
  const skip = path === "" ? 0 : path.length + 1;
  const files: ListedEntry[] = [];
  const folders = new Map<string, number>();
  for (const row of rows) {
    if (row.path.length <= skip && row.path === path) continue;
    const name = row.path.slice(skip);
    const slash = name.indexOf("/");
    if (slash >= 0 || row.blobCid === null) {
      const folder = slash < 0 ? name : name.slice(0, slash);
      folders.set(folder, (folders.get(folder) ?? 0) + row.size);
    } else {
      files.push({ name, kind: "file", cid: row.cid, size: row.size });
    }
  }
  const listed = [...folders].map(([name, size]): ListedEntry => ({
    name,
    kind: "folder",
    cid: cidOf(path === "" ? name : `${path}/${name}`) ?? "",
    size,
  }));
  const byName = (a: ListedEntry, b: ListedEntry) => a.name < b.name ? -1 : 1;
  return [
    ...listed.sort(byName),
    ...files.filter(({ name }) => !folders.has(name)).sort(byName),
  ];
}
