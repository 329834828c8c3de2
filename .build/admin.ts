// Reports what the dashboard weighs.
import { dashboardAssets } from "../admin/mod.ts";

let total = 0;
for (const [name, asset] of dashboardAssets()) {
  const compressed = asset.brotli?.length ?? asset.body.length;
  total += compressed;
  console.log(`${name.padEnd(12)} ${asset.body.length} B, ${compressed} B compressed`);
}
console.log(`first page   ${total} B compressed`);
