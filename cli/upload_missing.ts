import { readFile } from "node:fs/promises";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import { apiPath, type Client, TRANSFER_MS } from "./client.ts";
import { type HashedFile, WHOLE_BYTES } from "./hash_file.ts";
import { pool } from "./pool.ts";

/** Uploads at once. */
const UPLOADS = 8;
/** Times the node may still lack something after it was sent. */
const ROUNDS = 3;

/** Hears how long work on files goes. */
export interface UploadListener {
  /** A step begins. */
  begin(step: "Reading" | "Uploading", total: { items: number; bytes: number }): void;
  /** One file of the step is done. */
  step(bytes: number): void;
  /** Nothing more is read or sent, whether it went well or not. */
  end(): void;
}

/** What {@link uploadMissing} asks for. */
export interface UploadOptions {
  /** The API that answers with what is missing, or with what was done. */
  readonly path: string;
  readonly request: unknown;
  /** What is sent, for messages. */
  readonly what: string;
  readonly listener: UploadListener;
}

/** Asks for something that needs blobs, and sends those the node lacks until it is done. */
export async function uploadMissing<T extends object>(
  api: Client,
  files: readonly HashedFile[],
  { path, request, what, listener }: UploadOptions,
): Promise<{ readonly data: T; readonly uploads: number; readonly uploaded: number }> {
  let [uploads, uploaded] = [0, 0];
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      const { data } = await api.answer<T | { missing: string[] }>(
        "POST",
        path,
        // Twice the same files is one thing.
        { json: request, timeoutMs: TRANSFER_MS, retry: true },
      );
      if (!("missing" in data)) return { data, uploads, uploaded };
      const blobs = pick(files, data.missing);
      listener.begin("Uploading", { items: blobs.length, bytes: sizeOf(blobs) });
      await pool(blobs, UPLOADS, async (file) => {
        await upload(api, file);
        listener.step(file.size);
      });
      uploads += blobs.length;
      uploaded += sizeOf(blobs);
    }
  } finally {
    listener.end();
  }
  throw new FaztError("BLOB_MISSING", `Cannot upload ${what}: the node loses what is sent`, {
    hint: "look at the node's disk: fazt server status",
    status: 409,
  });
}

/** One file for each missing content; two files of the same content are sent once. */
function pick(files: readonly HashedFile[], missing: readonly string[]): HashedFile[] {
  const byCid = new Map(files.map((file) => [file.cid, file]));
  return [...new Set(missing)].map((cid) => {
    const file = byCid.get(cid);
    if (file !== undefined) return file;
    throw new FaztError("NOT_FAZT", "Cannot upload: the node asks for content it was not told of", {
      hint: "look at the address: fazt peer list",
      status: 502,
    });
  });
}

async function upload(api: Client, file: HashedFile): Promise<void> {
  try {
    await api.call("PUT", apiPath`/api/blobs/${file.cid}`, {
      body: () => bodyOf(file),
      headers: { "content-type": "application/octet-stream" },
      timeoutMs: TRANSFER_MS,
      retry: true,
    });
  } catch (error) {
    if (!(error instanceof FaztError) || error.code !== "CID_MISMATCH") throw error;
    throw new FaztError("CHANGED", `Cannot upload: ${file.path} changed while it was sent`, {
      hint: "run the command again once the folder is quiet",
      status: 409,
      cause: error,
    });
  }
}

/** Big files are streamed; the stream closes the file at its end or when it is cancelled. */
async function bodyOf(file: HashedFile): Promise<BodyInit> {
  if (file.size <= WHOLE_BYTES) return new Uint8Array(await readFile(file.source));
  return (await Deno.open(file.source)).readable;
}

function sizeOf(files: readonly HashedFile[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}
