import { folderDag, type FolderFile, isHiddenPath } from "../fs/mod.ts";
import type { FolderParams } from "./deploy_operations.ts";

/**
 * The content ids of a revision's folders: of the whole, which only its owners are told, and of
 * what visitors may have. From paths, cids and sizes; no content is read.
 */
export async function foldersOf(
  files: readonly FolderFile[],
  hasServer: boolean,
): Promise<FolderParams[]> {
  const whole = await folderDag(files);
  const open = files.filter(({ path }) => !isHiddenPath(path, hasServer));
  const shown = open.length === files.length
    ? whole
    : open.length === 0
    ? undefined
    : await folderDag(open);
  return [...whole.folders].map(([path, { cid }]) => ({
    path,
    cid,
    publicCid: shown?.folders.get(path)?.cid ?? null,
  }));
}
