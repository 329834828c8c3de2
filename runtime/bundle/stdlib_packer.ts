import { NpmFiles, STDLIB_UNITS, type StdlibSource, unitOf } from "../stdlib/mod.ts";
import type { BundleWorker } from "./bundle_worker.ts";
import type { PackResult } from "./protocol.ts";

/**
 * The standard library packed from the npm packages in Deno's cache, each unit once per process
 * and only when an app asks for it.
 */
export class StdlibPacker {
  #files = new NpmFiles();
  #units = new Map<string, Promise<PackResult>>();

  /** @param worker the worker to pack with, started when there is none */
  constructor(private readonly worker: () => BundleWorker) {}

  /** The packed text of a module, or undefined when no library has it. */
  readonly source: StdlibSource = async (key) => {
    const unit = unitOf(key.split(":chunk-")[0]!);
    if (unit === undefined || !this.#exists(key)) return undefined;
    const code = (await this.#pack(unit.id, key))[key];
    return code === undefined ? undefined : { code };
  };

  /** Every module there is, for a build of Fazt that carries them along. */
  async all(): Promise<Record<string, string>> {
    const family = (folder: string, prefix = folder) =>
      this.#files.list(folder).filter((file) => /^[A-Za-z][\w-]*\.js$/.test(file))
        .map((file) => `${prefix}/${file.slice(0, -3)}`);
    const names = [
      ...STDLIB_UNITS.map((unit) => Object.keys(unit.modules)[0]!),
      ...family("dayjs/plugin"),
      ...family("dayjs/locale"),
      ...family("lodash").filter((name) => !name.startsWith("lodash/_")),
      ...family("validator/lib"),
    ];
    const found: Record<string, string> = {};
    for (const name of names) Object.assign(found, await this.#pack(unitOf(name)!.id, name));
    return found;
  }

  #exists(key: string): boolean {
    const origin = unitOf(key)?.modules[key];
    if (origin === undefined) return true;
    const proof = "npm" in origin ? origin.npm : "code" in origin ? origin.proof : undefined;
    return proof === undefined || !proof.endsWith(".js") || this.#files.has(proof);
  }

  #pack(id: string, key: string): Promise<PackResult> {
    const packed = this.#units.get(id) ?? this.#start(key);
    this.#units.set(id, packed);
    packed.catch(() => this.#units.delete(id));
    return packed;
  }

  #start(key: string): Promise<PackResult> {
    const unit = unitOf(key.split(":chunk-")[0]!)!;
    const origin = unit.modules[key];
    if (origin && "code" in origin) return Promise.resolve({ [key]: origin.code });
    return this.worker().run({ kind: "pack", unit }, {
      packageRoot: (specifier) => this.#files.root(specifier),
      packageFile: (specifier, from, kind) => this.#files.resolve(specifier, from, kind),
      shim: (name) => this.#files.shim(name),
      readPackage: (file) => this.#files.read(file),
    });
  }
}
