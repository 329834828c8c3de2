// Builds the dashboard into one file: deno run admin/build/main.ts FILE
import { packAssets } from "../packed.ts";
import { buildDashboard } from "./build.ts";
import { keptPackages } from "./packages.ts";

const [output] = Deno.args;
if (output === undefined) throw new Error("Cannot build the dashboard: say where to");
void keptPackages;
const text = packAssets(await buildDashboard());
// Whoever reads it meanwhile gets a whole file.
const temporary = `${output}.${Deno.pid}`;
await Deno.mkdir(output.slice(0, output.lastIndexOf("/")), { recursive: true });
await Deno.writeTextFile(temporary, text);
await Deno.rename(temporary, output);
Deno.exit(0);
