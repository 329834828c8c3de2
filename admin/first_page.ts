import type { Asset } from "../kernel/http/admin.ts";

/** Names of the files that the dashboard's first page needs: what it names and what that imports. */
export function firstPage(assets: ReadonlyMap<string, Asset>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    const asset = assets.get(name);
    if (asset === undefined || found.has(name)) return;
    found.add(name);
    const text = new TextDecoder().decode(asset.body);
    if (name.endsWith(".html")) {
      for (const [, path] of text.matchAll(/(?:src|href)="\/([^"]+)"/g)) visit(path!);
    }
    if (!name.endsWith(".js")) return;
    // `import(…)` is a page that comes later, when somebody goes there.
    const statement = /(?:^|[;}])\s*(?:import|export)\b[^;("']*["']\.\/([^"']+)["']/g;
    for (const [, path] of text.matchAll(statement)) visit(`assets/${path}`);
  };
  visit("index.html");
  return found;
}
