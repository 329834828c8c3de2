// Builds the dashboard and reports what it weighs.
import { dashboardAssets } from "../admin/mod.ts";
import { firstPage } from "../admin/first_page.ts";

const assets = await dashboardAssets();
const first = firstPage(assets);
let total = 0;
for (const [name, asset] of assets) {
  const compressed = asset.brotli!.length;
  if (first.has(name)) total += compressed;
  const mark = first.has(name) ? "first page" : "";
  console.log(`${name.padEnd(44)} ${asset.body.length} B, ${compressed} B compressed ${mark}`);
}
console.log(`first page: ${total} B compressed`);
