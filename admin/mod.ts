import type { Asset } from "../kernel/http/admin.ts";
import { moduleUrl } from "../kernel/lib/module_url.ts";
import { builtDashboard } from "./checkout.ts";
import { packAssets, unpackAssets } from "./packed.ts";

/** Set by builds, which carry the dashboard along. */
declare const FAZT_BUNDLED: boolean | undefined;

/**
 * The dashboard's files, compressed once and kept in memory for as long as the node runs. A
 * checkout builds them at its first start and after each change of their sources.
 */
export async function dashboardAssets(): Promise<ReadonlyMap<string, Asset>> {
  if (typeof FAZT_BUNDLED !== "undefined") {
    return unpackAssets(await Deno.readTextFile(moduleUrl("assets/dashboard.json")));
  }
  try {
    return unpackAssets(await builtDashboard());
  } catch (error) {
    // The node is more than its dashboard: it starts, and says what is missing.
    console.error(String(error));
    const body = new TextEncoder().encode(BROKEN);
    return unpackAssets(packAssets([{ name: "index.html", body, immutable: false }]));
  }
}

const BROKEN = `<!doctype html><html lang="en"><title>Fazt</title>
<h1>The dashboard could not be built</h1>
<p>The node runs. What went wrong stands in its output; <code>deno task admin</code> tries again.`;
