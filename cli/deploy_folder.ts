import type { DeployDone } from "./api_types.ts";
import type { Client } from "./client.ts";
import { hashFile } from "./hash_file.ts";
import type { LocalApp } from "./local_app.ts";
import { pool } from "./pool.ts";
import { type UploadListener, uploadMissing } from "./upload_missing.ts";

/** Files read at once while their content ids are made. */
const READS = 4;

/** What {@link deployFolder} sends besides the files. */
export interface DeployOptions {
  readonly name: string;
  readonly message?: string | undefined;
  readonly approve?: boolean | undefined;
  readonly preview?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly listener: UploadListener;
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
  { name, message, approve, preview, signal, listener }: DeployOptions,
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
    ...preview ? { preview } : {},
    files: files.map(({ path, cid, size }) => ({ path, cid, size })),
  };
  const { data, uploads, uploaded } = await uploadMissing<DeployDone>(api, files, {
    path: "/api/deploy",
    request,
    what: app.folder,
    listener,
  });
  return { ...data, uploads, uploaded };
}
