/** One file of a revision, as served. */
export interface FileEntry {
  readonly path: string;
  readonly cid: string;
  /** Bytes, uncompressed. */
  readonly size: number;
  readonly type: string;
  readonly brotliCid?: string;
  readonly brotliSize?: number;
  readonly gzipCid?: string;
  readonly gzipSize?: number;
}

/** A row of table `files`. */
export interface FileRow {
  readonly path: string;
  readonly cid: string;
  readonly size: number;
  readonly type: string;
  readonly brotli_cid: string | null;
  readonly brotli_size: number | null;
  readonly gzip_cid: string | null;
  readonly gzip_size: number | null;
}

/** A row as the rest of the kernel knows it. */
export function fileEntry(row: FileRow): FileEntry {
  return {
    path: row.path,
    cid: row.cid,
    size: row.size,
    type: row.type,
    ...(row.brotli_cid === null ? {} : { brotliCid: row.brotli_cid, brotliSize: row.brotli_size! }),
    ...(row.gzip_cid === null ? {} : { gzipCid: row.gzip_cid, gzipSize: row.gzip_size! }),
  };
}
