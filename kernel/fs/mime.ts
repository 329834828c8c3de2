import { lookup } from "mrmime";

/** Types that are text beyond `text/*`, so that they get a charset and are compressed. */
const TEXTUAL = /^(?:text\/|application\/(?:.*\+)?(?:json|xml|javascript)$|image\/svg\+xml$)/;

/** What the library's table lacks or says differently from the web's practice. */
const OWN: Readonly<Record<string, string>> = {
  js: "text/javascript",
  mjs: "text/javascript",
  cjs: "text/javascript",
  ts: "text/plain",
  tsx: "text/plain",
  jsx: "text/plain",
  map: "application/json",
  webmanifest: "application/manifest+json",
  ico: "image/x-icon",
  wasm: "application/wasm",
  avif: "image/avif",
  opus: "audio/ogg",
  sql: "text/plain",
  toml: "text/plain",
  log: "text/plain",
};

/** The media type of a path by its extension alone; nothing of the machine's is asked. */
export function mimeOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const dot = name.lastIndexOf(".");
  const extension = dot < 0 ? "" : name.slice(dot + 1);
  const found: unknown = Object.hasOwn(OWN, extension) ? OWN[extension] : lookup(extension);
  // The library's table is a plain object: "constructor" is in every one.
  const type = typeof found === "string" ? found : "application/octet-stream";
  return TEXTUAL.test(type) ? `${type}; charset=utf-8` : type;
}

/** Whether content of this type gets smaller when compressed. */
export function isCompressible(type: string): boolean {
  const bare = type.split(";", 1)[0]!;
  return TEXTUAL.test(bare) ||
    /^(?:application\/(?:wasm|vnd\.ms-fontobject|x-.*|rtf|manifest\+json)|font\/(?:ttf|otf|sfnt)|image\/(?:bmp|x-icon))$/
      .test(bare);
}
