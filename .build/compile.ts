// Builds one executable: deno compile, or --portable, which needs no download.
import { parseArgs } from "node:util";
import { ASSETS, built, bundle, deno, RUN_FLAGS, WORKERS } from "./bundle.ts";
import { portable } from "./portable.ts";

const { values } = parseArgs({
  options: {
    portable: { type: "boolean", default: false },
    target: { type: "string" },
    output: { type: "string", default: "dist/fazt" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log("deno task compile [--target TRIPLE] [--portable] [--output FILE]");
  Deno.exit(0);
}
const folder = await Deno.makeTempDir({ prefix: "fazt-build-" });
try {
  const { output } = values;
  if (output.includes("/")) {
    await Deno.mkdir(output.slice(0, output.lastIndexOf("/")), { recursive: true });
  }
  await bundle(folder);
  if (values.portable) await portable(folder, output);
  else {
    const include = [...WORKERS.map(built), ...ASSETS]
      .flatMap((path) => ["--include", `${folder}/${path}`]);
    const target = values.target ? ["--target", values.target] : [];
    await deno([
      "compile",
      "--no-config",
      "--no-lock",
      ...RUN_FLAGS,
      ...target,
      ...include,
      "--output",
      output,
      `${folder}/main.js`,
    ]);
  }
  const { size } = await Deno.stat(output);
  console.log(`${output}: ${Math.round(size / 1e6)} MB`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
