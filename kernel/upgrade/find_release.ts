import { FaztError } from "../lib/fazt_error.ts";
import { failed, fetchSmall, type SourceRules, sourceUrl } from "./fetch.ts";
import { fileFor, MANIFEST_NAME, parseRelease, type Release, type ReleaseFile } from "./release.ts";
import type { Wanted } from "./release.ts";
import { SIGNATURE_END, verifySignatures } from "./signature.ts";

const MAX_MANIFEST = 256 * 1024;
const MAX_SIGNATURE = 16 * 1024;

/** What {@link findRelease} is told. */
export interface Search extends Wanted {
  /** Of a manifest, or of the folder it lies in (with a slash at its end). */
  readonly url: string;
  readonly rules: SourceRules;
  /** Public keys that may sign. */
  readonly keys: readonly string[];
  /** Takes what nobody signed whose key is known. */
  readonly allowUnsigned: boolean;
  readonly signal: AbortSignal;
}

/** A release that was found, and the file of it for this machine. */
export interface Candidate {
  readonly release: Release;
  readonly file: ReleaseFile;
  readonly fileUrl: URL;
  /** Where the manifest came from. */
  readonly url: string;
  /** The key that signed it; undefined when nobody known did and that was allowed. */
  readonly signedBy: string | undefined;
}

/**
 * Reads what is offered at an address and proves who offers it.
 * @throws {FaztError} `UPGRADE_URL`, `UPGRADE_DOWNLOAD`, `RELEASE_*`.
 */
export async function findRelease(search: Search): Promise<Candidate> {
  const { rules, signal } = search;
  const said = sourceUrl(search.url);
  const first = said.pathname.endsWith("/") ? new URL(MANIFEST_NAME, said) : said;
  const manifest = await fetchSmall(first, { ...rules, maxBytes: MAX_MANIFEST, signal });
  if (manifest === undefined) throw failed(first, "there is nothing");
  const beside = new URL(first);
  beside.pathname += SIGNATURE_END;
  const signature = await fetchSmall(beside, { ...rules, maxBytes: MAX_SIGNATURE, signal });
  // Before a word of it is believed.
  const signedBy = await prove(manifest.bytes, signature?.bytes, search);
  const release = parseRelease(manifest.bytes);
  const file = fileFor(release, search);
  const fileUrl = URL.parse(file.url, manifest.url);
  if (fileUrl === null) throw failed(first, `the file's address cannot be read: ${file.url}`);
  return { release, file, fileUrl, url: first.href, signedBy };
}

async function prove(
  bytes: Uint8Array<ArrayBuffer>,
  signature: Uint8Array | undefined,
  { keys, allowUnsigned }: Search,
): Promise<string | undefined> {
  if (signature !== undefined) {
    const verdict = await verifySignatures(bytes, new TextDecoder().decode(signature), keys);
    if ("by" in verdict) return verdict.by;
    if ("wrong" in verdict) {
      throw new FaztError(
        "RELEASE_SIGNATURE",
        `Cannot trust this release: its signature does not match (key ${verdict.wrong})`,
        { hint: "it was changed on its way, or is not whole; get it from elsewhere", status: 422 },
      );
    }
    if (!allowUnsigned && verdict.strangers.length > 0) {
      throw new FaztError(
        "RELEASE_SIGNATURE",
        `Cannot trust this release: it is signed with ${verdict.strangers[0]}, ` +
          (keys.length === 0 ? "and this node knows no key" : "a key this node does not know"),
        { hint: "on its machine: fazt config set upgrade.key KEY, if you trust it", status: 422 },
      );
    }
  }
  if (allowUnsigned) return undefined;
  throw new FaztError("RELEASE_UNSIGNED", "Cannot trust this release: nobody signed it", {
    hint: "sign it (koder/specs/upgrade.md), or on the node's machine: --allow-unsigned",
    status: 422,
  });
}
