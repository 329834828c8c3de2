export { CHUNK_BYTES, CidBuilder, cidOf, isCid } from "./cid.ts";
export { compress, type Variants } from "./compress.ts";
export type { FileEntry } from "./file_entry.ts";
export { mimeOf } from "./mime.ts";
export { BLOB_REFERENCES } from "./operations.ts";
export { Vfs, type VfsDeps } from "./vfs.ts";
export { vfsPath } from "./vfs_path.ts";
