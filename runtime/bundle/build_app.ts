import { isCompanion, opensSockets } from "../stdlib/mod.ts";
import { build, type BuildOptions, type Message, type Metafile } from "esbuild-wasm/esm/browser.js";
import { APP, appPlugin, type AppPluginOptions, ENTRY, GLOBALS, STDLIB } from "./app_plugin.ts";
import { BuildFailure, refuse, toProblem } from "./build_failure.ts";
import { checkModule } from "./check_module.ts";
import type { BuildJob, BuildResult } from "./protocol.ts";
import { lateModules, SHARE_LIBRARY } from "./late_modules.ts";
import { linkLibrary } from "./link_library.ts";
import { LINES_BEFORE, scriptForm } from "./script_form.ts";
import { tidyMap } from "./tidy_map.ts";
import type { Asked } from "./worker.ts";

/** How a handler is written: it decides which kind of request it is given. */
type Style = "esm" | "cjs";

/** What both builds of an app share. */
const COMMON = {
  bundle: true,
  write: false,
  format: "esm",
  platform: "neutral",
  // What V8 here runs for certain; newer syntax is lowered.
  target: "es2024",
  supported: { "dynamic-import": false, "import-meta": false },
  treeShaking: true,
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "hono/jsx",
  // The app's own tsconfig.json is never read; this pins what it would decide.
  tsconfigRaw: "{}",
  // Modules have no address: the constant keeps code that only reads one from failing.
  define: { "import.meta.url": `"file:///api/"` },
  logLevel: "silent",
  logOverride: {
    "unsupported-dynamic-import": "error",
    "unsupported-require-call": "error",
    "direct-eval": "error",
  },
  outdir: "/",
} as const satisfies BuildOptions;

/** Builds one app's server code. Runs inside the worker. */
export async function buildApp(job: BuildJob, ask: Asked): Promise<BuildResult> {
  const paths = new Set(job.paths);
  for (const path of [job.entry, ...job.handlers]) {
    if (!paths.has(path)) refuse({ message: `there is no file ${path}`, file: path });
  }
  const styles = await probe(job, ask);
  const entry = entryModule(job, styles);
  const built = await bundle({ ask, paths, entry });
  const own = built.outputFiles.find((file) => file.path.endsWith(".js"))!.text;
  const map = built.outputFiles.find((file) => file.path.endsWith(".map"))!.text;
  // The cap is on what the app brings: the library is the node's own and of bounded size.
  const bytes = new TextEncoder().encode(own).byteLength;
  if (bytes > job.maxBytes) throw new BuildFailure({ kind: "tooLarge", bytes });
  checkModule(own);
  const late = lateModules(own);
  const linked = await linkLibrary([...librariesOf(built.metafile), ...late], ask.stdlib);
  const library = late.length === 0 ? linked : linked + SHARE_LIBRARY;
  const warnings = built.warnings.filter(fromApp).map(warning);
  return {
    code: scriptForm(library + own),
    map: tidyMap(map, library.split("\n").length - 1 + LINES_BEFORE),
    warnings,
  };
}

/**
 * The module of the whole app. One that opens sockets through `node:net` is written for Node, and
 * built once more with the globals it expects.
 */
async function bundle(input: Pick<AppPluginOptions, "ask" | "paths" | "entry">) {
  const used = new Set<string>();
  const run = (companions: boolean, more: Pick<BuildOptions, "inject" | "define"> = {}) =>
    build({
      ...COMMON,
      ...more,
      entryPoints: [ENTRY],
      sourcemap: "external",
      metafile: true,
      plugins: [appPlugin({ ...input, companions, onLibrary: (key) => used.add(key) })],
    });
  const built = await run(true);
  const modules = [...used];
  if (modules.some(opensSockets)) {
    const define = { ...COMMON.define, global: "globalThis" };
    return await run(true, { inject: [GLOBALS], define });
  }
  // Fails, and says where.
  return modules.some(isCompanion) ? await run(false) : built;
}

/** Standard library modules that are left in the output. */
function librariesOf({ outputs }: Metafile): string[] {
  return Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs))
    .filter((input) => input.startsWith(`${STDLIB}:`)).map((input) =>
      input.slice(STDLIB.length + 1)
    );
}

/** Looks at the handlers alone: their style, and whether there is anything to call. */
async function probe(job: BuildJob, ask: Asked): Promise<ReadonlyMap<string, Style>> {
  const files = [...new Set([job.entry, ...job.handlers])];
  const { metafile } = await build({
    ...COMMON,
    entryPoints: files,
    metafile: true,
    plugins: [{
      name: "alone",
      setup(alone) {
        alone.onResolve({ filter: /.*/ }, ({ kind }) => kind === "entry-point" ? null : external);
      },
    }, appPlugin({ ask, paths: new Set(files), entry: "" })],
  });
  const outputs = Object.values(metafile.outputs);
  return new Map(files.map((file) => {
    const style: Style = metafile.inputs[`${APP}:${file}`]?.format === "cjs" ? "cjs" : "esm";
    const output = outputs.find(({ entryPoint }) => entryPoint === `${APP}:${file}`);
    if (style === "esm" && !output?.exports.includes("default")) {
      refuse({
        message: `${file} has no default export: write "export default" (or module.exports) ` +
          "before the function that answers",
        file,
      });
    }
    return [file, style];
  }));
}

const external = { path: "external", external: true } as const;

/** The module that ties the handlers together; its shape is documented in `mod.ts`. */
function entryModule(job: BuildJob, styles: ReadonlyMap<string, Style>): string {
  const lines: string[] = [];
  const value = (path: string, name: string): string => {
    const specifier = JSON.stringify(`./${path}`);
    // `require` gives `module.exports` itself; an import would wrap it in a namespace.
    if (styles.get(path) === "cjs") return `require(${specifier})`;
    lines.push(`import * as ${name} from ${specifier};`);
    return name;
  };
  const main = value(job.entry, "entry");
  const handlers = job.handlers.map((path, i) =>
    `${JSON.stringify(path)}: ${value(path, `handler${i}`)}`
  );
  const handlerStyles = job.handlers.map((path) =>
    `${JSON.stringify(path)}: "${styles.get(path)}"`
  );
  lines.push(
    `export const main = ${main};`,
    `export const style = "${styles.get(job.entry)}";`,
    `export const handlers = {__proto__: null, ${handlers.join(", ")}};`,
    `export const styles = {__proto__: null, ${handlerStyles.join(", ")}};`,
  );
  return lines.join("\n");
}

function fromApp({ location }: Message): boolean {
  return location?.file.startsWith(`${APP}:`) ?? false;
}

function warning(message: Message): string {
  const { message: text, file, line, column } = toProblem(message);
  return `${text} (${file}:${line}:${column})`;
}
