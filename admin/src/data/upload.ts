import type { Zippable } from "fflate";
import { FALLBACK_NAME, shippedFiles, slugOf } from "../lib/shipped.ts";
import { call } from "./api.ts";
import type { DeployAnswer } from "./shapes.ts";

/** A folder or zip that a person gave, ready to be deployed. */
export interface Package {
  readonly name: string;
  /** What its manifest asks for; undefined where it has none that can be read. */
  readonly permissions: readonly string[] | undefined;
  readonly files: number;
  readonly bytes: number;
  /** Paths that are not shipped. */
  readonly left: number;
  readonly hasServer: boolean;
  readonly zip: () => Promise<Blob>;
}

interface Found {
  readonly path: string;
  readonly file: File;
}

/** What was dropped: must be called within the event, entries are gone after it. */
export function droppedEntries(transfer: DataTransfer): FileSystemEntry[] {
  return [...transfer.items].flatMap((item) => {
    const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
    return entry === null ? [] : [entry];
  });
}

/** Reads dropped folders and files. */
export async function packageOfEntries(entries: readonly FileSystemEntry[]): Promise<Package> {
  const found: Found[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    const path = entry.fullPath.replace(/^\//, "");
    if (/(?:^|\/)(?:node_modules|\.git)$/.test(path)) return;
    if (entry.isFile) {
      const file = await new Promise<File>((done, fail) =>
        (entry as FileSystemFileEntry).file(done, fail)
      );
      found.push({ path, file });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const part = await new Promise<FileSystemEntry[]>((done, fail) =>
        reader.readEntries(done, fail)
      );
      if (part.length === 0) return;
      for (const child of part) await walk(child);
    }
  };
  for (const entry of entries) await walk(entry);
  return await packageOf(found);
}

/** Reads what a file dialog gave: one zip, or the files of a folder. */
export function packageOfFiles(files: readonly File[]): Promise<Package> {
  return packageOf(files.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

async function packageOf(found: readonly Found[]): Promise<Package> {
  const [only] = found;
  if (only === undefined) throw new Error("Cannot deploy: there is nothing in it to ship");
  if (found.length === 1 && /\.zip$/i.test(only.path)) return await packageOfZip(only.file);
  const texts = new Map<string, string>();
  for (const { path, file } of found) {
    if (/(?:^|\/)\.(?:git|fazt)ignore$/.test(path)) texts.set(path, await file.text());
  }
  const { root, paths } = shippedFiles(found.map(({ path }) => path), texts);
  const kept = found.filter(({ path }) => paths.has(path));
  if (kept.length === 0) {
    throw new Error(
      "Cannot deploy: all of it is left out by .gitignore, .faztignore or as never shipped",
    );
  }
  const inside = (path: string) => path.slice(root.length);
  const manifest = readManifest(
    await kept.find(({ path }) => inside(path) === "app.json")?.file.text(),
  );
  return {
    name: manifest.name ?? slugOf(root.replace(/\/$/, "") || only.path.replace(/\.[^.]+$/, "")),
    permissions: manifest.permissions,
    files: kept.length,
    bytes: kept.reduce((sum, { file }) => sum + file.size, 0),
    left: found.length - kept.length,
    hasServer: kept.some(({ path }) => /^api\/main\.[mc]?[tj]sx?$/.test(inside(path))),
    zip: async () => {
      const { zip } = await import("fflate");
      const content: Zippable = {};
      for (const { path, file } of kept) {
        content[inside(path)] = [new Uint8Array(await file.arrayBuffer()), { level: 1 }];
      }
      const bytes = await new Promise<Uint8Array>((done, fail) =>
        zip(content, { consume: true }, (error, data) => error ? fail(error) : done(data))
      );
      return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/zip" });
    },
  };
}

async function packageOfZip(file: File): Promise<Package> {
  const { unzipSync } = await import("fflate");
  let files = 0;
  let total = 0;
  let hasServer = false;
  let manifestText: string | undefined;
  try {
    const found = unzipSync(new Uint8Array(await file.arrayBuffer()), {
      filter: ({ name, originalSize }) => {
        if (!name.endsWith("/")) files++;
        total += originalSize;
        hasServer ||= /(?:^|\/)api\/main\.[mc]?[tj]sx?$/.test(name);
        return /^(?:[^/]+\/)?app\.json$/.test(name) && originalSize < 256_000;
      },
    });
    const [first] = Object.values(found);
    manifestText = first && new TextDecoder().decode(first);
  } catch {
    throw new Error(`Cannot deploy ${file.name}: it is no zip that can be read`);
  }
  const manifest = readManifest(manifestText);
  return {
    name: manifest.name ?? slugOf(file.name.replace(/\.zip$/i, "")),
    permissions: manifest.permissions,
    files,
    bytes: total,
    left: 0,
    hasServer,
    zip: () => Promise.resolve(file),
  };
}

/** What matters here of a manifest; the node judges it. */
function readManifest(text: string | undefined): { name?: string; permissions?: string[] } {
  try {
    const { name, permissions } = JSON.parse(text ?? "{}");
    return {
      ...typeof name === "string" ? { name: name.slice(0, 63) } : {},
      ...Array.isArray(permissions) ? { permissions: permissions.map(String).slice(0, 100) } : {},
    };
  } catch {
    return {};
  }
}

/** Deploys a package under a name, or to an app whose id is given. */
export async function deployPackage(
  given: Package,
  options: {
    readonly name?: string;
    readonly app?: string;
    readonly message?: string;
    readonly preview?: boolean;
  },
): Promise<DeployAnswer> {
  const form = new FormData();
  form.set("file", new File([await given.zip()], `${given.name || FALLBACK_NAME}.zip`));
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== "" && value !== false) form.set(name, String(value));
  }
  return await call<DeployAnswer>("POST", "/api/deploy", { raw: form, timeoutMs: 10 * 60_000 });
}
