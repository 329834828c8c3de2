import type { ListedEntry } from "../../content/mod.ts";
import { formatBytes } from "../../lib/bytes.ts";

const STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;" +
  "padding:0 1rem;color:#1c1c1e;background:#fff}h1{font-size:1.1rem;overflow-wrap:anywhere}" +
  "table{width:100%;border-collapse:collapse}td{padding:.2rem .4rem;border-top:1px solid #8883}" +
  "td+td{white-space:nowrap;text-align:right}code{font-size:.75rem;opacity:.7}" +
  "@media(prefers-color-scheme:dark){body{color:#e8e8ea;background:#161618}a{color:#8ab4f8}}";

/** A folder's names as a page; every name in it is somebody else's text. */
export function listingPage(
  entries: readonly ListedEntry[],
  { title, hasParent }: { readonly title: string; readonly hasParent: boolean },
): string {
  const rows = entries.map(({ name, kind, cid, size }) => {
    const shown = kind === "folder" ? `${name}/` : name;
    const href = `./${encodeURIComponent(name)}${kind === "folder" ? "/" : ""}`;
    return `<tr><td><a href="${href}">${escape(shown)}</a></td>` +
      `<td><code>${cid.slice(0, 8)}…${cid.slice(-6)}</code></td><td>${formatBytes(size)}</td></tr>`;
  });
  if (hasParent) rows.unshift('<tr><td><a href="../">../</a></td><td></td><td></td></tr>');
  return `<!doctype html><html lang="en"><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>${escape(title)}</title><style>${STYLE}</style><h1>${escape(title)}</h1>` +
    `<table>${rows.join("")}</table></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
