import { FaztError } from "../lib/fazt_error.ts";

/** What to ask a repository for. */
export interface FetchRequest {
  /** Ids of commits or blobs. */
  readonly wants: readonly string[];
  /** Commits without their parents. */
  readonly shallow: boolean;
  /** Leaves the contents of files out; the server has to say that it can. */
  readonly withoutBlobs: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const FLUSH = "0000", DELIMITER = "0001";
const PACK = 1, FATAL = 3;

/**
 * The body of a `fetch` command of protocol version 2 (gitprotocol-v2(5)). In that version a server
 * gives any object that it has, not only the tips of its branches: what was planned can be fetched
 * although the branch has moved.
 */
export function fetchBody({ wants, shallow, withoutBlobs }: FetchRequest): Uint8Array {
  const lines = [
    ...["command=fetch", "agent=fazt", "object-format=sha1"].map(line),
    DELIMITER,
    ...["ofs-delta", "no-progress"].map(line),
    ...(shallow ? [line("deepen 1")] : []),
    ...(withoutBlobs ? [line("filter blob:none")] : []),
    ...wants.map((oid) => line(`want ${oid}`)),
    line("done"),
    FLUSH,
  ];
  return encoder.encode(lines.join(""));
}

/**
 * The pack in the answer to {@link fetchBody}.
 * @throws {FaztError} `SOURCE_COMMIT_GONE`, `SOURCE_DAMAGED`.
 */
export function packOf(answer: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let inPack = false;
  for (const packet of packets(answer)) {
    if (packet === undefined) continue;
    if (!inPack) {
      const text = decoder.decode(packet.subarray(0, 1000)).trimEnd();
      if (text.startsWith("ERR ")) throw refused(text.slice(4));
      inPack = text === "packfile";
      continue;
    }
    if (packet[0] === PACK) parts.push(packet.subarray(1));
    else if (packet[0] === FATAL) throw refused(decoder.decode(packet.subarray(1, 1000)));
  }
  if (parts.length === 0) throw broken();
  const pack = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    pack.set(part, at);
    at += part.byteLength;
  }
  return pack;
}

const line = (text: string) => `${(text.length + 5).toString(16).padStart(4, "0")}${text}\n`;

/** Payloads of pkt-lines (gitprotocol-common(5)); undefined for what only separates. */
function* packets(bytes: Uint8Array): Generator<Uint8Array | undefined> {
  for (let at = 0; at < bytes.byteLength;) {
    const head = decoder.decode(bytes.subarray(at, at + 4));
    if (!/^[0-9a-f]{4}$/i.test(head)) throw broken();
    const length = parseInt(head, 16);
    if (length === 3 || at + Math.max(4, length) > bytes.byteLength) throw broken();
    yield length < 4 ? undefined : bytes.subarray(at + 4, at + length);
    at += Math.max(4, length);
  }
}

function refused(text: string): FaztError {
  if (/not our ref|not valid|unknown object|bad object/i.test(text)) {
    return new FaztError("SOURCE_COMMIT_GONE", "Cannot fetch: the repository has no such commit", {
      hint: "the branch was rewritten, or the commit is of another repository; plan again",
      status: 409,
    });
  }
  // Words of a stranger: they are shown as what they are.
  const said = JSON.stringify(text.replace(/[^\x20-\x7e]+/g, " ").trim().slice(0, 200));
  return new FaztError("SOURCE_REFUSED", `Cannot fetch: the repository's server says ${said}`, {
    hint: "look at the repository on its server",
    status: 502,
  });
}

function broken(): FaztError {
  return new FaztError("SOURCE_DAMAGED", "Cannot fetch: the repository's answer broke off", {
    hint: "try again",
    status: 502,
  });
}
