import { CidBuilder, cidOf } from "../fs/mod.ts";
import { MIB } from "../lib/bytes.ts";
import type { AppsDeps } from "./deps.ts";
import { checkManifestSize, parseManifest } from "./manifest.ts";
import { inPool } from "./pool.ts";
import type { DeployInput } from "./shapes.ts";
import { readZip, type ZipFile } from "./zip.ts";
import type { ZipSource } from "./zip_source.ts";

/** Files up to this size are held in memory while they are taken in. */
const SMALL = 4 * MIB;
/** Small files on their way to the database at once; their writes share commits. */
const AT_ONCE = 16;

/** A zip's files, now blobs of the node. */
export interface Unpacked {
  readonly files: DeployInput["files"];
  /** Bytes that were new to the node. */
  readonly uploaded: number;
}

/**
 * Takes a zip's files in. Its directory and its `app.json` are judged first, so that a zip that
 * cannot be deployed leaves nothing behind; what a later failure leaves is swept as unused.
 * @throws {FaztError} see {@link readZip} and {@link parseManifest}.
 */
export async function unpackZip(source: ZipSource, deps: AppsDeps): Promise<Unpacked> {
  const { settings } = deps;
  const fileBytes = settings.get("limits.vfs.fileMb") * MIB;
  const zip = await readZip(source, {
    entries: settings.get("limits.deploy.entries"),
    inflatedBytes: settings.get("limits.deploy.inflatedMb") * MIB,
    ratio: settings.get("limits.deploy.ratio"),
    fileBytes,
  });
  await checkManifest(zip, deps.version);
  const files: { path: string; cid: string; size: number }[] = [];
  let uploaded = 0;
  const take = (path: string, blob: Blobbed) => {
    files.push({ path, cid: blob.cid, size: blob.size });
    uploaded += blob.fresh;
  };
  const small = zip.filter(({ declaredSize }) => declaredSize <= SMALL);
  const large = zip.filter(({ declaredSize }) => declaredSize > SMALL);
  await inPool(small, AT_ONCE, async (file) => take(file.path, await putSmall(file, deps)));
  for (const file of large) take(file.path, await putLarge(file, { deps, fileBytes }));
  return { files, uploaded };
}

interface Blobbed {
  readonly cid: string;
  readonly size: number;
  /** Bytes that were not here yet. */
  readonly fresh: number;
}

async function checkManifest(zip: readonly ZipFile[], version: string): Promise<void> {
  const file = zip.find(({ path }) => path === "app.json");
  if (!file) return;
  checkManifestSize(file.declaredSize, file.path);
  const paths = new Set(zip.map(({ path }) => path));
  parseManifest(await collect(file), { file: "app.json", paths, version });
}

async function collect(file: ZipFile): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of file.open()) {
    parts.push(chunk);
    size += chunk.byteLength;
  }
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

async function putSmall(file: ZipFile, { vfs }: AppsDeps): Promise<Blobbed> {
  const bytes = await collect(file);
  const size = bytes.byteLength;
  const cid = cidOf(bytes);
  if (vfs.missing([cid]).length === 0) return { cid, size, fresh: 0 };
  await vfs.put(cid, bytes, { maxBytes: size });
  return { cid, size, fresh: size };
}

/** Inflated twice, once for its cid and once for its bytes: neither time is it held whole. */
async function putLarge(
  file: ZipFile,
  { deps, fileBytes }: { readonly deps: AppsDeps; readonly fileBytes: number },
): Promise<Blobbed> {
  const builder = new CidBuilder();
  let size = 0;
  for await (const chunk of file.open()) {
    builder.update(chunk);
    size += chunk.byteLength;
  }
  const cid = builder.digest();
  if (deps.vfs.missing([cid]).length === 0) return { cid, size, fresh: 0 };
  await deps.vfs.put(cid, file.open(), { maxBytes: fileBytes });
  return { cid, size, fresh: size };
}
