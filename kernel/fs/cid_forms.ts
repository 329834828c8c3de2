import { base16 } from "multiformats/bases/base16";
import { base32, base32upper } from "multiformats/bases/base32";
import { base36, base36upper } from "multiformats/bases/base36";
import { base58btc } from "multiformats/bases/base58";
import { CID } from "multiformats/cid";
import { DAG_PB, RAW, SHA2_256 } from "./file_dag.ts";

/** Longest text that is looked at; base16 of a cid of ours has 73 characters. */
const MAX_TEXT = 80;
const BASES = base32.decoder.or(base32upper.decoder).or(base36.decoder).or(base36upper.decoder)
  .or(base58btc.decoder).or(base16.decoder);

/** A cid in whatever form it was written. */
export interface AnyCid {
  /** CIDv1 in base32, as this node writes cids. */
  readonly text: string;
  readonly raw: boolean;
  readonly cid: CID;
}

/**
 * Reads a cid in any version and base (CIDv0 too). `"unsupported"` is a cid of content that no
 * UnixFS can have: another codec than raw or dag-pb, another hash than whole SHA2-256. Undefined
 * is no cid at all.
 */
export function readCid(text: string): AnyCid | "unsupported" | undefined {
  if (text.length > MAX_TEXT || !/^[a-zA-Z0-9]{46,}$/.test(text)) return undefined;
  try {
    return supported(text.startsWith("Qm") ? CID.parse(text) : CID.parse(text, BASES));
  } catch {
    return undefined;
  }
}

/** A cid of content this node can have, in its one form. */
export function supported(cid: CID): AnyCid | "unsupported" {
  const { code, multihash } = cid;
  if (code !== RAW && code !== DAG_PB) return "unsupported";
  if (multihash.code !== SHA2_256 || multihash.size !== 32 || multihash.digest.length !== 32) {
    return "unsupported";
  }
  const v1 = cid.toV1();
  return { text: v1.toString(), raw: code === RAW, cid: v1 };
}
