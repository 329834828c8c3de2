// Builds one executable: deno compile, or --portable, which needs no download.
import { parseArgs } from "node:util";
import { parseKeys } from "../kernel/upgrade/mod.ts";
import { ASSETS, built, bundle, deno, RUN_FLAGS, stamp, WORKERS } from "./bundle.ts";
import { portable } from "./portable.ts";

const { values } = parseArgs({
  options: {
    portable: { type: "boolean", default: false },
    target: { type: "string" },
    output: { type: "string", default: "dist/fazt" },
    "set-version": { type: "string" },
    "release-key": { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log("deno task compile [--target TRIPLE] [--portable] [--output FILE]");
  console.log("  --set-version V    instead of the version in deno.json");
  console.log("  --release-key KEY  public key of whoever may sign what replaces it");
  Deno.exit(0);
}
const folder = await Deno.makeTempDir({ prefix: "fazt-build-" });
try {
  const { output } = values;
  if (output.includes("/")) {
    await Deno.mkdir(output.slice(0, output.lastIndexOf("/")), { recursive: true });
  }
  await bundle(folder);
  const version = values["set-version"];
  const key = values["release-key"];
  await stamp(folder, {
    ...(version === undefined ? {} : { version }),
    ...(key === undefined ? {} : { releaseKeys: parseKeys(key) }),
  });
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
