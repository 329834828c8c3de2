import { readFile, stat } from "node:fs/promises";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { DeployDone } from "./api_types.ts";
import { type Client, TRANSFER_MS } from "./client.ts";

/** Largest zip this machine reads into memory to send it, bytes. */
const MAX_ZIP = 1024 ** 3;

/** What goes with a zip. */
export interface ZipDeployOptions {
  readonly name?: string | undefined;
  readonly message?: string | undefined;
  readonly approve?: boolean | undefined;
  readonly preview?: boolean | undefined;
}

/** Deploys a zip as it is; the node unpacks and checks it. */
export async function deployZip(
  api: Client,
  file: string,
  { name, message, approve, preview }: ZipDeployOptions,
): Promise<DeployDone> {
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) {
    throw new FaztError("NOT_FOUND", `Cannot read ${file}: there is no such file`, {
      hint: "name a .zip, or a folder without --zip",
    });
  }
  if (info.size > MAX_ZIP) {
    throw new FaztError("TOO_LARGE", `Cannot send ${file}: it is larger than 1 GiB`, {
      hint: "unpack it and deploy the folder: only what the node lacks is sent",
    });
  }
  const form = new FormData();
  if (name !== undefined) form.set("name", name);
  if (message !== undefined) form.set("message", message);
  if (approve) form.set("approve", "true");
  if (preview) form.set("preview", "true");
  form.set(
    "file",
    new Blob([new Uint8Array(await readFile(file))], { type: "application/zip" }),
    "app.zip",
  );
  return await api.call<DeployDone>("POST", "/api/deploy", {
    body: () => form,
    timeoutMs: TRANSFER_MS,
    retry: true,
  });
}
