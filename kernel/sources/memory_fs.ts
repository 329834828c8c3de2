import { Buffer } from "node:buffer";

interface Entry {
  readonly kind: "file" | "folder";
  bytes: Uint8Array;
}

/** Called before a file is kept; what it throws is what the writer gets. */
export type WriteGuard = (path: string, bytes: Uint8Array) => void;

/** The part of Node's `fs.promises` that isomorphic-git asks for, in memory. There are no links. */
export class MemoryFs {
  readonly #entries = new Map<string, Entry>([["/", folder()]]);
  readonly promises = this;

  constructor(private readonly guard: WriteGuard) {}

  readFile = (path: string, options?: unknown): Promise<Uint8Array | string> =>
    run(() => {
      const entry = this.#get(path);
      if (entry.kind === "folder") throw failure("EISDIR", path);
      const encoding = typeof options === "string"
        ? options
        : (options as { encoding?: string } | undefined)?.encoding;
      const bytes = Buffer.from(
        entry.bytes.buffer,
        entry.bytes.byteOffset,
        entry.bytes.byteLength,
      );
      return encoding === undefined ? bytes : bytes.toString("utf8");
    });

  writeFile = (path: string, data: Uint8Array | string): Promise<void> =>
    run(() => {
      const key = normal(path);
      if (this.#entries.get(parent(key))?.kind !== "folder") throw failure("ENOENT", path);
      const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
      this.guard(key, bytes);
      this.#entries.set(key, { kind: "file", bytes });
    });

  mkdir = (path: string): Promise<void> =>
    run(() => {
      const key = normal(path);
      if (this.#entries.has(key)) throw failure("EEXIST", path);
      if (this.#entries.get(parent(key))?.kind !== "folder") throw failure("ENOENT", path);
      this.#entries.set(key, folder());
    });

  readdir = (path: string): Promise<string[]> =>
    run(() => {
      const key = normal(path);
      if (this.#get(path).kind !== "folder") throw failure("ENOTDIR", path);
      const prefix = key === "/" ? "/" : `${key}/`;
      return [...this.#entries.keys()]
        .filter((name) => name !== "/" && parent(name) === key)
        .map((name) => name.slice(prefix.length));
    });

  unlink = (path: string): Promise<void> =>
    run(() => {
      this.#get(path);
      this.#entries.delete(normal(path));
    });

  rmdir = (path: string): Promise<void> => this.unlink(path);

  rm = (path: string): Promise<void> => this.unlink(path);

  stat = (path: string) =>
    run(() => {
      const { kind, bytes } = this.#get(path);
      return {
        type: kind === "file" ? "file" : "dir",
        mode: kind === "file" ? 0o100644 : 0o40755,
        size: bytes.byteLength,
        ino: 0,
        mtimeMs: 0,
        ctimeMs: 0,
        uid: 0,
        gid: 0,
        dev: 0,
        isFile: () => kind === "file",
        isDirectory: () => kind === "folder",
        isSymbolicLink: () => false,
      };
    });

  lstat = (path: string) => this.stat(path);

  readlink = (path: string): Promise<string> => run(() => Promise.reject(failure("EINVAL", path)));

  symlink = (_target: string, path: string): Promise<void> =>
    run(() => Promise.reject(failure("EPERM", path)));

  #get(path: string): Entry {
    const entry = this.#entries.get(normal(path));
    if (entry === undefined) throw failure("ENOENT", path);
    return entry;
  }
}

const folder = (): Entry => ({ kind: "folder", bytes: new Uint8Array() });

/** Failures reach whoever awaits, never whoever calls. */
async function run<T>(work: () => T | Promise<T>): Promise<T> {
  return await work();
}

function normal(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return `/${parts.join("/")}`;
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
