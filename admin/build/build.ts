import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build, initialize, stop } from "esbuild-wasm/esm/browser.js";
import { npmPlugin } from "./npm_plugin.ts";

/** One file a browser may ask for. */
export interface Built {
  /** Path without the first slash. */
  readonly name: string;
  readonly body: Uint8Array;
  /** Its name holds a hash of its content. */
  readonly immutable: boolean;
}

const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));

/** Builds the dashboard. For a process of its own: it replaces `setTimeout`. */
export async function buildDashboard(): Promise<Built[]> {
  quickTimers();
  const wasm = await Deno.readFile(fileURLToPath(import.meta.resolve("esbuild-wasm/esbuild.wasm")));
  await initialize({ wasmModule: await WebAssembly.compile(wasm), worker: false });
  const built = await build({
    entryPoints: {
      app: `${SOURCE}main.tsx`,
      theme: `${SOURCE}theme.ts`,
      style: `${SOURCE}style/style.css`,
    },
    bundle: true,
    write: false,
    format: "esm",
    splitting: true,
    minify: true,
    target: ["es2022", "chrome111", "firefox113", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    tsconfigRaw: "{}",
    charset: "utf8",
    legalComments: "none",
    outdir: "/assets",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    metafile: true,
    logLevel: "silent",
    plugins: [npmPlugin()],
  });
  stop();
  const files: Built[] = built.outputFiles.map(({ path, contents }) => ({
    name: path.slice(1),
    body: contents,
    immutable: true,
  }));
  const entry = (name: string) =>
    files.find((file) => file.name.startsWith(`assets/${name}-`))!.name;
  // What the first page needs besides the entry, so that a browser asks for it at once.
  const needed = Object.entries(built.metafile.outputs)
    .find(([path]) => path.endsWith(entry("app")))![1].imports
    .filter(({ kind }) => kind === "import-statement").map(({ path }) => path.replace(/^\//, ""));
  const page = (await Deno.readTextFile(`${SOURCE}index.html`))
    .replace("/style.css", `/${entry("style")}`)
    .replace("/theme.js", `/${entry("theme")}`)
    .replace("/app.js", `/${entry("app")}`)
    .replace(
      "<!-- modules -->",
      needed.map((path) => `<link rel="modulepreload" href="/${path}">`).join("\n    "),
    );
  files.push({ name: "index.html", body: new TextEncoder().encode(page), immutable: false });
  for (const name of ["icon.svg", "manifest.webmanifest"]) {
    files.push({ name, body: await Deno.readFile(SOURCE + name), immutable: false });
  }
  return files;
}

/** A short hash of some bytes. */
export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
}

/** esbuild hands itself every message with a plain `setTimeout`, which takes 4 ms once nested. */
function quickTimers(): void {
  const { port1, port2 } = new MessageChannel();
  const turns: (() => void)[] = [];
  const native = globalThis.setTimeout;
  port1.onmessage = () => turns.shift()!();
  globalThis.setTimeout = ((run: () => void, ms?: number) => {
    if (ms) return native(run, ms);
    turns.push(run);
    port2.postMessage(undefined);
    return 0;
  }) as typeof setTimeout;
}
