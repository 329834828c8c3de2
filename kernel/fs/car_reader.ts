import { CID } from "multiformats/cid";
import { createHash } from "node:crypto";
import { FaztError } from "../lib/fazt_error.ts";
import { type AnyCid, supported } from "./cid_forms.ts";

/** Largest block that IPFS's own tools exchange, bytes. */
const MAX_BLOCK = 2_097_152;
/** A header with one root has 59 bytes; what is far longer is none of ours. */
const MAX_HEADER = 4096;
/** Longest cid that is looked at, bytes. */
const MAX_CID = 64;

/** Bytes that can be read anywhere. */
export interface Source {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The blocks of a CAR, each proven to be what its cid says. */
export interface CarBlocks {
  readonly root: AnyCid;
  /** The block of a cid in its one form, or undefined. */
  readonly block: (cid: string) => Promise<Uint8Array> | undefined;
}

/**
 * Reads a CARv1 (IPLD CAR v1 spec) to its end and checks the hash of every block.
 * @throws {FaztError} `CAR_INVALID`, `CAR_TOO_LARGE`
 */
export async function readCar(
  source: Source,
  { maxBlocks }: { readonly maxBlocks: number },
): Promise<CarBlocks> {
  const header = await readVarint(source, 0);
  if (header.value > MAX_HEADER) throw carInvalid("its header is no header of a CAR");
  const headerEnd = header.end + header.value;
  if (headerEnd > source.size) throw carInvalid("it is cut off in its header");
  const root = rootOf(await source.read(header.end, header.value));
  const places = new Map<string, { readonly offset: number; readonly length: number }>();
  for (let at = headerEnd, count = 0; at < source.size;) {
    const { value: length, end: start } = await readVarint(source, at);
    if (start + length > source.size) throw carInvalid(`it is cut off in block ${count + 1}`);
    if (length > MAX_BLOCK + MAX_CID) throw carInvalid(`block ${count + 1} is over 2 MiB`);
    if (++count > maxBlocks) throw tooMany(maxBlocks);
    const section = await source.read(start, length);
    const { cid, size } = blockCid(section, count);
    const block = section.subarray(size);
    const hash = createHash("sha256").update(block).digest();
    if (!hash.equals(cid.cid.multihash.digest)) {
      throw carInvalid(`block ${count} is not what its cid says: ${cid.text}`);
    }
    places.set(cid.text, { offset: start + size, length: block.length });
    at = start + length;
  }
  return {
    root,
    block: (cid) => {
      const place = places.get(cid);
      return place && source.read(place.offset, place.length);
    },
  };
}

/** The error of a CAR that is not to be taken. */
export function carInvalid(reason: string): FaztError {
  return new FaztError("CAR_INVALID", `Cannot import the CAR: ${reason}`, {
    hint: "write it again, such as with: ipfs-car pack FOLDER",
    status: 422,
  });
}

/** The error of a CAR with more parts than the node takes. */
export function tooMany(max: number): FaztError {
  return new FaztError("CAR_TOO_LARGE", `Cannot import the CAR: it has more than ${max} blocks`, {
    hint: "fazt config set limits.fs.carBlocks <n> raises the limit",
    status: 413,
    details: { limit: "fs.carBlocks", max },
  });
}

async function readVarint(source: Source, at: number): Promise<{ value: number; end: number }> {
  const bytes = await source.read(at, 8);
  let value = 0;
  for (let i = 0; i < Math.min(5, bytes.length); i++) {
    value += (bytes[i]! & 127) * 128 ** i;
    if (bytes[i]! < 128) return { value, end: at + i + 1 };
  }
  throw carInvalid(bytes.length === 0 ? "it is empty" : "a length in it cannot be");
}

function blockCid(section: Uint8Array, n: number): { cid: AnyCid; size: number } {
  let found: CID;
  let size: number;
  try {
    const spec = CID.inspectBytes(section.subarray(0, MAX_CID));
    size = spec.size;
    found = CID.decode(section.subarray(0, size));
  } catch {
    throw carInvalid(`block ${n} has no cid`);
  }
  return { cid: known(found, `block ${n}`), size };
}

function known(cid: CID, what: string): AnyCid {
  const any = supported(cid);
  if (any !== "unsupported") return any;
  throw carInvalid(`${what} is no part of a UnixFS with SHA2-256: ${String(cid).slice(0, 100)}`);
}

/** The one root of a header: the DAG-CBOR of `{roots: [cid], version: 1}`. */
function rootOf(header: Uint8Array): AnyCid {
  const text = new TextDecoder("latin1").decode(header);
  if (text === "\xa1gversion\x02") throw carInvalid("it is a CARv2; only version 1 is read");
  const roots = text.indexOf("eroots");
  const list = header[roots + 6];
  const versioned = text.endsWith("gversion\x01") || text.startsWith("\xa2gversion\x01");
  if (
    header[0] !== 0xa2 || roots < 1 || !versioned || list === undefined || (list & 0xe0) !== 128
  ) {
    throw carInvalid("its header is no header of a CAR");
  }
  if (list !== 0x81) throw carInvalid("it has not exactly one root");
  const at = roots + 7;
  const length = header[at + 3]!;
  const tagged = header[at] === 0xd8 && header[at + 1] === 0x2a && header[at + 2] === 0x58 &&
    header[at + 4] === 0;
  let cid: CID;
  try {
    if (!tagged) throw new Error("no tag 42");
    cid = CID.decode(header.subarray(at + 5, at + 4 + length));
  } catch {
    throw carInvalid("its root is no cid");
  }
  return known(cid, "its root");
}
