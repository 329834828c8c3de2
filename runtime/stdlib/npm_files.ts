import { createRequire, isBuiltin } from "node:module";
import { dirname, join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { exports as packageExports, legacy } from "resolve.exports";
import { canonicalSpecifier, isCompanion, unitOf } from "./catalog.ts";

/** How a module asks for another: it decides which `exports` condition holds. */
export type ImportKind = "import" | "require";

/** What a specifier inside a package stands for. */
export type NpmTarget =
  /** A file on disk. */
  | { readonly file: string }
  /** Another module of the standard library; stays an import until an app is built. */
  | { readonly stdlib: string }
  /** Switched off for browsers by the package itself. */
  | { readonly empty: true };

interface Package {
  readonly root: string;
  readonly json: PackageJson;
}

interface PackageJson {
  readonly name: string;
  readonly browser?: string | Readonly<Record<string, string | false>>;
  readonly exports?: unknown;
}

/** Endings a CommonJS specifier may leave out. */
const GUESSES = ["", ".js", ".cjs", ".mjs", ".json", "/index.js"];

/**
 * The files of the npm packages that make the standard library, resolved as a browser bundler
 * does: `exports` with the `browser` condition, then the `browser` field, then the older fields.
 * Only files it resolved itself can be read.
 */
export class NpmFiles {
  #known = new Set<string>();
  #packages = new Map<string, Package | undefined>();

  /** A module named by the catalog. */
  root(specifier: string): NpmTarget {
    const url = import.meta.resolve(specifier);
    if (!url.startsWith("file:")) {
      throw new Error(`package of "${specifier}" is not in runtime/stdlib/packages.ts`);
    }
    return this.#inPackage(specifier, fileURLToPath(url), "import");
  }

  /** A specifier written in the file `from`, which this object resolved before. */
  resolve(written: string, from: string, kind: ImportKind): NpmTarget {
    // `punycode/` is how packages ask for the npm module where `node:` has one of that name.
    const specifier = written.startsWith(".") ? written : written.replace(/\/$/, "");
    const home = this.#packageOf(dirname(from));
    if (specifier.startsWith(".")) return this.#file(join(dirname(from), specifier), home);
    const mapped = browserField(home)[specifier];
    if (mapped === false) return { empty: true };
    if (mapped?.startsWith(".")) return this.#file(join(home.root, mapped), home);
    if (specifier === "process") return this.shim("process.ts");
    if (from.startsWith(SHIMS) && !specifier.startsWith("node:")) return this.root(specifier);
    if (!written.endsWith("/") && isBuiltin(specifier)) {
      const canonical = canonicalSpecifier(specifier);
      if (unitOf(canonical) && !isCompanion(canonical)) return { stdlib: canonical };
      throw new Error(`"${from}" needs ${canonical}, which has no pure twin`);
    }
    // `dayjs/plugin/utc` must get the app's dayjs, not a copy.
    if (unitOf(specifier)) return { stdlib: specifier };
    return this.#inPackage(specifier, this.#anyFileOf(specifier, from), kind);
  }

  /** One of our own twins of a `node:` module. */
  shim(name: string): NpmTarget {
    return this.#keep(SHIMS + name);
  }

  /** Whether a package has a file of this name. */
  has(specifier: string): boolean {
    const name = packageName(specifier);
    try {
      const { root } = this.#packageOf(dirname(fileURLToPath(import.meta.resolve(name))));
      return isFile(join(root, specifier.slice(name.length)));
    } catch {
      return false;
    }
  }

  /** The files in a folder of a package, by name; for the families in the catalog. */
  list(folder: string): string[] {
    const name = packageName(folder);
    const { root } = this.#packageOf(dirname(fileURLToPath(import.meta.resolve(name))));
    return [...Deno.readDirSync(join(root, folder.slice(name.length)))]
      .filter((entry) => entry.isFile).map((entry) => entry.name).sort();
  }

  /** The bytes of a file that {@link resolve} answered with. */
  read(file: string): Promise<Uint8Array> {
    if (!this.#known.has(file)) throw new Error(`"${file}" is not part of the standard library`);
    return Deno.readFile(file);
  }

  #inPackage(specifier: string, anyFile: string, kind: ImportKind): NpmTarget {
    const name = packageName(specifier);
    const home = this.#packageOf(dirname(anyFile), name);
    const subpath = `.${specifier.slice(name.length)}`;
    const json = home.json as Parameters<typeof packageExports>[0] & { name: string };
    if (home.json.exports !== undefined) {
      const options = { browser: true, require: kind === "require" };
      return this.#file(join(home.root, packageExports(json, subpath, options)![0]!), home);
    }
    if (subpath !== ".") return this.#file(join(home.root, subpath), home);
    // An older package's ES build may differ from what `require` callers get: CommonJS wins.
    const main = legacy(json, { browser: false, fields: ["main"] }) as string | undefined;
    const browser = typeof home.json.browser === "string" ? home.json.browser : undefined;
    return this.#file(join(home.root, browser ?? main ?? "index.js"), home);
  }

  #file(path: string, home: Package): NpmTarget {
    const found = GUESSES.map((end) => path + end).find(isFile);
    if (found === undefined) throw new Error(`no file "${path}"`);
    const mapped = browserField(home)[`.${found.slice(home.root.length)}`];
    if (mapped === false) return { empty: true };
    return this.#keep(mapped === undefined ? found : join(home.root, mapped));
  }

  #keep(file: string): NpmTarget {
    this.#known.add(file);
    return { file };
  }

  /** Some file of the package a bare specifier names, as Deno resolves it for `from`. */
  #anyFileOf(specifier: string, from: string): string {
    const { resolve } = createRequire(from);
    try {
      return resolve(`${packageName(specifier)}/package.json`);
    } catch {
      return resolve(specifier);
    }
  }

  /** The package that holds a folder. Nested `package.json` files without a name do not count. */
  #packageOf(folder: string, name?: string): Package {
    let found = this.#packages.get(folder);
    if (found === undefined) {
      const json = readJson(join(folder, "package.json"));
      if (json?.name !== undefined && (name === undefined || json.name === name)) {
        found = { root: folder, json };
      } else if (folder === "/" || folder === ".") {
        found = { root: "/", json: { name: "" } };
      } else found = this.#packageOf(dirname(folder), name);
      this.#packages.set(folder, found);
    }
    return found;
  }
}

const SHIMS = import.meta.url.startsWith("file:")
  ? fileURLToPath(new URL("./shims/", import.meta.url))
  : "/shims/";

function browserField({ json }: Package): Readonly<Record<string, string | false>> {
  return typeof json.browser === "object" ? json.browser : {};
}

function packageName(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function readJson(path: string): PackageJson | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch {
    return undefined;
  }
}
