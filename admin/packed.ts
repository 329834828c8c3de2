import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Asset } from "../kernel/http/admin.ts";

/** A file of the dashboard as it is kept in a build; bytes are Base64. */
interface Packed {
  readonly name: string;
  readonly body: string;
  readonly brotli: string;
  readonly gzip: string;
  readonly etag: string;
  readonly immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
  webmanifest: "application/manifest+json",
};

/** Compresses built files, as hard as it goes, into one text. */
export function packAssets(
  files: readonly {
    readonly name: string;
    readonly body: Uint8Array;
    readonly immutable: boolean;
  }[],
): string {
  return JSON.stringify(files.map(({ name, body, immutable }): Packed => ({
    name,
    body: base64(body),
    brotli: base64(brotliCompressSync(body)),
    gzip: base64(gzipSync(body, { level: 9 })),
    etag: createHash("sha256").update(body).digest("base64url").slice(0, 22),
    immutable,
  })));
}

/** The files of such a text, by path. */
export function unpackAssets(text: string): ReadonlyMap<string, Asset> {
  return new Map((JSON.parse(text) as Packed[]).map((file) => [file.name, {
    body: bytes(file.body),
    type: TYPES[file.name.slice(file.name.lastIndexOf(".") + 1)] ?? "application/octet-stream",
    brotli: bytes(file.brotli),
    gzip: bytes(file.gzip),
    etag: `"${file.etag}"`,
    immutable: file.immutable,
  }]));
}

const base64 = (body: Uint8Array) => Buffer.from(body).toString("base64");
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
