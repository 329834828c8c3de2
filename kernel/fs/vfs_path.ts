import { FaztError } from "../lib/fazt_error.ts";

/** Longest path, UTF-8 bytes. */
const MAX_BYTES = 1024;
const encoder = new TextEncoder();

/**
 * Checks a path of the virtual filesystem and gives its one normal form (NFC).
 * The only judge of paths: zip, upload, URL and manifest all come through here.
 * @throws {FaztError} `PATH_INVALID`
 */
export function vfsPath(text: string): string {
  const reason = fault(text);
  if (reason === undefined) return text.normalize("NFC");
  const shown = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  throw new FaztError("PATH_INVALID", `Cannot use the path ${shown}: ${reason}`, {
    hint: "a path is relative to the app's folder, such as css/site.css",
    status: 422,
  });
}

function fault(text: string): string | undefined {
  if (text === "") return "it is empty";
  if (!text.isWellFormed()) return "it is not valid text";
  if (encoder.encode(text.normalize("NFC")).length > MAX_BYTES) {
    return `it is longer than ${MAX_BYTES} bytes`;
  }
  if (text.startsWith("/") || /^[A-Za-z]:/.test(text)) return "it is absolute";
  if (text.includes("\\")) return "it has a backslash";
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return "it has a control character";
  for (const segment of text.split("/")) {
    if (segment === "") return "it has an empty part";
    if (segment === "." || segment === "..") return `it has a part "${segment}"`;
  }
  return undefined;
}
