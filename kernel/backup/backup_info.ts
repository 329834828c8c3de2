import { z } from "../lib/zod.ts";
import type { Header } from "./header.ts";

/** A backup as lists show it. */
export interface Backup {
  readonly id: string;
  /** Whose it is. */
  readonly nodeId: string;
  /** Unix ms. */
  readonly createdAt: number;
  readonly version: string;
  readonly level: number;
  readonly source: Header["source"];
  /** Of the database inside, bytes. */
  readonly size: number;
  /** Of the file, bytes. */
  readonly bytes: number;
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly compression: Header["compression"];
  readonly encrypted: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly secretKey: Header["secretKey"];
}

const schema = z.object({
  id: z.string().max(64),
  nodeId: z.string().max(64),
  createdAt: z.int(),
  version: z.string().max(64),
  level: z.int(),
  source: z.enum(["manual", "schedule"]),
  size: z.int(),
  bytes: z.int(),
  sha256: z.string().max(64),
  compression: z.enum(["zstd", "none"]),
  encrypted: z.boolean(),
  counts: z.record(z.string(), z.int()),
  secretKey: z.enum(["inside", "sealed", "none"]),
});

/** What is kept beside a packed file. */
export function backupOf(
  header: Header,
  file: { readonly bytes: number; readonly sha256: string },
): Backup {
  const { id, nodeId, createdAt, version, level, source, size } = header;
  const { compression, counts, secretKey } = header;
  return {
    ...{ id, nodeId, createdAt, version, level, source, size },
    bytes: file.bytes,
    sha256: file.sha256,
    compression,
    encrypted: header.encryption !== undefined,
    counts,
    secretKey,
  };
}

/** What stands beside a backup, or undefined where it cannot be read. */
export function parseBackup(text: string): Backup | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
