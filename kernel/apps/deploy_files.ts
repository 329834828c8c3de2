import type { Settings } from "../config/mod.ts";
import { isCid, mimeOf, vfsPath } from "../fs/mod.ts";
import { formatBytes, MIB } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { AppFile, DeployInput } from "./shapes.ts";

/**
 * The files of a deploy, each path, size and content id judged.
 * @throws {FaztError} `PATH_INVALID`, `TOO_MANY_FILES`, `TOO_LARGE`, `INVALID`.
 */
export function checkFiles(files: DeployInput["files"], settings: Settings): AppFile[] {
  if (files.length === 0) {
    throw new FaztError("INVALID", "Cannot deploy: there is no file", {
      hint: "put an index.html or an api/main.ts into the folder",
    });
  }
  const most = settings.get("limits.deploy.entries");
  if (files.length > most) {
    throw new FaztError("TOO_MANY_FILES", `Cannot deploy: more than ${most} files`, {
      hint: "leave out what the app does not serve, or fazt config set limits.deploy.entries <n>",
      status: 413,
    });
  }
  const seen = new Set<string>();
  return files.map(({ path: given, cid, size }) => {
    const path = vfsPath(given);
    if (seen.has(path)) {
      throw new FaztError("PATH_INVALID", `Cannot deploy: ${JSON.stringify(path)} comes twice`, {
        hint: "name every file once",
        status: 422,
      });
    }
    seen.add(path);
    if (!isCid(cid)) {
      throw new FaztError("INVALID", `Cannot deploy: ${JSON.stringify(path)} has no valid cid`, {
        hint: "a cid is the file's CIDv1 in base32, such as bafkrei…",
      });
    }
    return { path, cid, size, type: mimeOf(path) };
  });
}

/**
 * Bytes of a revision, checked against the caps.
 * @throws {FaztError} `TOO_LARGE`
 */
export function checkSizes(files: readonly AppFile[], settings: Settings): number {
  const fileCap = settings.get("limits.vfs.fileMb") * MIB;
  const appCap = settings.get("limits.vfs.appMb") * MIB;
  let total = 0;
  for (const { path, size } of files) {
    if (size > fileCap) {
      throw new FaztError(
        "TOO_LARGE",
        `Cannot deploy: ${JSON.stringify(path)} has ${formatBytes(size)}, ` +
          `the most for a file is ${formatBytes(fileCap)}`,
        { hint: "fazt config set limits.vfs.fileMb <MiB> raises the limit" },
      );
    }
    total += size;
  }
  if (total > appCap) {
    throw new FaztError(
      "TOO_LARGE",
      `Cannot deploy: the app has ${formatBytes(total)}, the most is ${formatBytes(appCap)}`,
      { hint: "fazt config set limits.vfs.appMb <MiB> raises the limit" },
    );
  }
  return total;
}
