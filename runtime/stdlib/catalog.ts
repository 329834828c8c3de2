/** Where one module of the standard library comes from. */
export type StdlibOrigin =
  /** A file of an npm package, by import specifier. */
  | { readonly npm: string }
  /** One of our own files in `runtime/stdlib/shims/`. */
  | { readonly shim: string }
  /** Text as it is; the module exists only if the npm file `proof` does. */
  | { readonly code: string; readonly proof?: string };

/** Modules that are packed by one run of the packer and may share chunks. */
export interface StdlibUnit {
  /** Names the unit and prefixes its chunks. */
  readonly id: string;
  /** `cjs` keeps `require()` callers and `module.exports` exact; `esm` can be tree-shaken. */
  readonly format: "esm" | "cjs";
  /** Import specifier, as an app writes it, to its origin. */
  readonly modules: Readonly<Record<string, StdlibOrigin>>;
}

const HONO = [
  "basic-auth",
  "bearer-auth",
  "body-limit",
  "cookie",
  "cors",
  "csrf",
  "etag",
  "factory",
  "html",
  "http-exception",
  "jsx",
  "jsx/jsx-runtime",
  "jsx/streaming",
  "jwt",
  "logger",
  "method-override",
  "pretty-json",
  "quick",
  "request-id",
  "secure-headers",
  "streaming",
  "timing",
  "tiny",
  "trailing-slash",
  "validator",
];

/** Libraries with a fixed list of modules. */
const LIBRARIES: readonly StdlibUnit[] = [
  esm("cheerio", ["slim", "utils"]),
  esm("hono", HONO),
  esm("marked"),
  esm("uuid"),
  esm("zod", ["mini", "v4", "v4/core"]),
  esm("zod/v3"),
  cjs("dayjs", { npm: "dayjs" }),
  cjs("lodash", { npm: "lodash" }),
  cjs("lodash/fp", { npm: "lodash/fp.js" }),
  cjs("validator", { npm: "validator" }),
  // Not part of what apps write: their files import it through this name.
  { id: "fazt", format: "cjs", modules: { fazt: { code: "module.exports = globalThis.fazt;\n" } } },
  // Behind `fazt.expr` and `fazt.json`: linked where an app's code mentions them.
  own("fazt/expr", "expr.ts"),
  own("fazt/json", "json_path.ts"),
];

/** The part of `node:` that is pure computation, each as a well-kept browser twin. */
const NODE: readonly StdlibUnit[] = [
  cjs("node:assert", { npm: "assert" }),
  cjs("node:assert/strict", { code: `module.exports = require("node:assert").strict;\n` }),
  own("node:buffer", "buffer.ts"),
  own("node:crypto", "crypto.ts"),
  cjs("node:events", { npm: "events" }),
  cjs("node:path", { npm: "path-browserify" }),
  cjs("node:path/posix", { code: `module.exports = require("node:path").posix;\n` }),
  own("node:querystring", "querystring.ts"),
  cjs("node:stream", { npm: "readable-stream" }),
  cjs("node:stream/promises", { code: `module.exports = require("node:stream").promises;\n` }),
  own("node:string_decoder", "string_decoder.ts"),
  own("node:url", "url.ts"),
  own("node:util", "util.ts"),
  cjs("node:util/types", { code: `module.exports = require("node:util").types;\n` }),
];

/** Sockets, in the two forms that client libraries are written for. */
const SOCKETS: readonly StdlibUnit[] = [
  {
    id: "node:net",
    format: "esm",
    modules: { "node:net": { shim: "net.ts" }, "node:tls": { shim: "tls.ts" } },
  },
  own("cloudflare:sockets", "cloudflare_sockets.ts"),
];

/**
 * What libraries written for Node import beside `node:net`, most of it without a use in an app:
 * there are no files, names are looked up by the node. Only apps with sockets get them; in others
 * the import stays a mistake that fails the deploy.
 */
const COMPANIONS: readonly StdlibUnit[] = [
  own("node:diagnostics_channel", "client/diagnostics_channel.ts"),
  own("node:dns", "client/dns.ts"),
  own("node:dns/promises", "client/dns_promises.ts"),
  own("node:fs", "client/fs.ts"),
  own("node:os", "client/os.ts"),
  cjs("node:perf_hooks", { code: "exports.performance = globalThis.performance;\n" }),
  own("node:process", "process.ts"),
  own("node:timers", "client/timers.ts"),
  own("node:timers/promises", "client/timers_promises.ts"),
  cjs("node:tty", { code: "exports.isatty = () => false;\n" }),
];

const COMPANION_IDS: ReadonlySet<string> = new Set(COMPANIONS.map((unit) => unit.id));

/** Whether a module is there for apps with sockets alone. */
export function isCompanion(specifier: string): boolean {
  return COMPANION_IDS.has(specifier);
}

/** Whether a module makes an app one with sockets written for Node. */
export function opensSockets(specifier: string): boolean {
  return specifier === "node:net" || specifier === "node:tls";
}

const UNITS: ReadonlyMap<string, StdlibUnit> = new Map(
  [...LIBRARIES, ...NODE, ...SOCKETS, ...COMPANIONS].flatMap((unit) =>
    Object.keys(unit.modules).map((name) => [name, unit])
  ),
);

/** Names an app can import, without the subpaths: what an error message lists. */
export const STDLIB_NAMES: readonly string[] = [
  "fazt",
  ...new Set(LIBRARIES.map((unit) => unit.id.split("/")[0]!)),
  ...NODE.map((unit) => unit.id).filter((id) => !id.includes("/")),
  ...SOCKETS.flatMap((unit) => Object.keys(unit.modules)),
].filter((name, i, all) => all.indexOf(name) === i).sort();

/** Modules that are always part of a prebuilt library. */
export const STDLIB_UNITS: readonly StdlibUnit[] = [...new Set(UNITS.values())];

/**
 * The one spelling of a specifier: `crypto` and `node:crypto` are the same module, and so are
 * `dayjs/plugin/utc` and `dayjs/plugin/utc.js`.
 */
export function canonicalSpecifier(written: string): string {
  const specifier = written.replace(/^((?:dayjs|lodash|validator)\/.*)\.js$/, "$1");
  return UNITS.has(`node:${specifier}`) ? `node:${specifier}` : specifier;
}

/**
 * The unit that holds a module, or undefined when no library has such a name. A unit of a family
 * (`dayjs/plugin/utc`, `lodash/get`, `validator/lib/isEmail`) may still turn out not to exist.
 * @param specifier canonical
 */
export function unitOf(specifier: string): StdlibUnit | undefined {
  return UNITS.get(specifier) ?? dayjsFile(specifier) ?? property(specifier);
}

/** `dayjs/plugin/utc`, `dayjs/locale/de`: small files that take `dayjs` from the library. */
function dayjsFile(specifier: string): StdlibUnit | undefined {
  return /^dayjs\/(plugin|locale)\/[\w-]+$/.test(specifier)
    ? cjs(specifier, { npm: `${specifier}.js` })
    : undefined;
}

/** `lodash/get`, `validator/lib/isEmail`: one function, and never a second copy of the library. */
function property(specifier: string): StdlibUnit | undefined {
  const match = /^(?:(lodash)\/|(validator)\/(?:es\/)?lib\/)([A-Za-z]\w*)$/.exec(
    specifier,
  );
  if (match === null) return undefined;
  const library = match[1] ?? match[2]!;
  const proof = `${library}/${library === "lodash" ? "" : "lib/"}${match[3]}.js`;
  return cjs(specifier, { code: `module.exports = require("${library}").${match[3]};\n`, proof });
}

function esm(name: string, subpaths: readonly string[] = []): StdlibUnit {
  const names = [name, ...subpaths.map((subpath) => `${name}/${subpath}`)];
  return {
    id: name,
    format: "esm",
    modules: Object.fromEntries(names.map((n) => [n, { npm: n }])),
  };
}

function cjs(name: string, origin: StdlibOrigin): StdlibUnit {
  return { id: name, format: "cjs", modules: { [name]: origin } };
}

function own(name: string, shim: string): StdlibUnit {
  return { id: name, format: "esm", modules: { [name]: { shim } } };
}
