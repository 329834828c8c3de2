import { readFile } from "node:fs/promises";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { DeployDone } from "./api_types.ts";
import { apiPath, type Client, TRANSFER_MS } from "./client.ts";
import { type HashedFile, hashFile, WHOLE_BYTES } from "./hash_file.ts";
import type { LocalApp } from "./local_app.ts";
import { pool } from "./pool.ts";

/** Uploads at once. */
const UPLOADS = 8;
/** Files read at once while their content ids are made. */
const READS = 4;
/** Times the node may still lack something after it was sent. */
const ROUNDS = 3;

/** Hears how a deploy goes. */
export interface DeployListener {
  /** A step begins. */
  begin(step: "Reading" | "Uploading", total: { items: number; bytes: number }): void;
  /** One file of the step is done. */
  step(bytes: number): void;
  /** Nothing more is read or sent, whether it went well or not. */
  end(): void;
}

/** What {@link deployFolder} sends besides the files. */
export interface DeployOptions {
  readonly name: string;
  readonly message?: string | undefined;
  readonly approve?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly listener: DeployListener;
}

/** A deploy that happened, with what had to be sent for it. */
export type FolderDeployed = DeployDone & {
  /** Files sent. */
  readonly uploads: number;
  /** Bytes sent. */
  readonly uploaded: number;
};

/**
 * Deploys a folder: names the content of every file, sends what the node lacks, and asks for
 * the switch. Nothing on the node changes before its very last answer.
 */
export async function deployFolder(
  api: Client,
  app: LocalApp,
  options: DeployOptions,
): Promise<FolderDeployed> {
  try {
    return await deploySteps(api, app, options);
  } finally {
    options.listener.end();
  }
}

async function deploySteps(
  api: Client,
  app: LocalApp,
  { name, message, approve, signal, listener }: DeployOptions,
): Promise<FolderDeployed> {
  listener.begin("Reading", { items: app.files.length, bytes: app.size });
  const files = await pool(app.files, READS, async (file) => {
    const hashed = await hashFile(file, signal);
    listener.step(hashed.size);
    return hashed;
  });
  const request = {
    name,
    source: "cli",
    ...message === undefined ? {} : { message },
    ...approve ? { approve } : {},
    files: files.map(({ path, cid, size }) => ({ path, cid, size })),
  };
  const sent = { uploads: 0, uploaded: 0 };
  for (let round = 0; round <= ROUNDS; round++) {
    const { status, data } = await api.answer<DeployDone | { missing: string[] }>(
      "POST",
      "/api/deploy",
      // Twice the same files is one revision: the second answer says `unchanged`.
      { json: request, timeoutMs: TRANSFER_MS, retry: true },
    );
    if (status === 201 || !("missing" in data)) return { ...data as DeployDone, ...sent };
    const blobs = pick(files, data.missing);
    listener.begin("Uploading", { items: blobs.length, bytes: sizeOf(blobs) });
    await pool(blobs, UPLOADS, async (file) => {
      await upload(api, file);
      listener.step(file.size);
    });
    sent.uploads += blobs.length;
    sent.uploaded += sizeOf(blobs);
  }
  throw new FaztError("BLOB_MISSING", `Cannot deploy ${app.folder}: the node loses what is sent`, {
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
    throw new FaztError("NOT_FAZT", "Cannot deploy: the node asks for content it was not told of", {
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
    throw new FaztError("CHANGED", `Cannot deploy: ${file.path} changed while it was sent`, {
      hint: "run the deploy again once the folder is quiet",
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
