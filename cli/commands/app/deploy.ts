import { resolve } from "node:path";
import type { DeployDone } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { deployLines, type DeployReport } from "../../deploy_lines.ts";
import { deployZip } from "../../deploy_zip.ts";
import { filesAndSize } from "../../format.ts";
import type { LocalApp } from "../../local_app.ts";
import type { Output } from "../../output.ts";
import { deployProgress } from "../../progress.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt app deploy`. */
export const command = defineCommand({
  name: "app deploy",
  summary: "Put a folder (or a zip) online as an app's next revision",
  group: "apps",
  args: ["[folder]"],
  flags: {
    name: "name of the app, instead of the manifest's or the folder's",
    message: "a note on this revision",
    approve: "approve every grant it asks for",
    preview: "only preview it: what visitors get stays as it is",
    zip: "deploy this zip",
    "dry-run": "check everything here and send nothing",
  },
  examples: ["app deploy ./site", "app deploy . --name blog -m 'new front page'", "@prod deploy ."],
  async run(ctx) {
    const { flags, io, out, signal } = ctx;
    const { kind, path } = whatToDeploy(ctx.args.folder, flags.zip);
    const { name, message, approve, preview } = flags;
    const began = performance.now();
    const report = (done: DeployDone) => {
      for (const warning of done.warnings) out.message(`warning: ${warning}`);
      const full: DeployReport = { ...done, totalMs: Math.round(performance.now() - began) };
      out.result(full, () => deployLines(full));
    };
    if (kind === "zip") {
      if (flags["dry-run"]) throw usageError("Cannot try out a zip here", "deploy its folder");
      const file = resolve(io.cwd, path);
      return report(await deployZip(ctx.api, file, { name, message, approve, preview }));
    }
    const { readLocalApp } = await import("../../local_app.ts");
    const app = await readLocalApp(resolve(io.cwd, path), { name, signal });
    for (const warning of app.warnings) out.message(`warning: ${warning}`);
    if (flags["dry-run"]) return showPlan(app, out);
    const { deployFolder } = await import("../../deploy_folder.ts");
    const done = await deployFolder(ctx.api, app, {
      // Said even where the manifest says it: a key for one app must name that app.
      name: app.name,
      message,
      approve,
      preview,
      signal,
      listener: deployProgress(out, io),
    });
    report(done);
  },
});

function whatToDeploy(folder: string | undefined, zip: string | undefined) {
  if (folder !== undefined && zip !== undefined) {
    throw usageError("Cannot deploy a folder and a zip at once", "fazt app deploy FOLDER");
  }
  const path = folder ?? zip;
  if (path === undefined) {
    throw usageError("Cannot deploy: no folder is named", "fazt app deploy . for this one");
  }
  const isZip = zip !== undefined || path.toLowerCase().endsWith(".zip");
  return { kind: isZip ? "zip" : "folder", path } as const;
}

function showPlan(
  { name, manifest, files, size, entry, ignored, warnings }: LocalApp,
  out: Output,
) {
  const plan = {
    name,
    manifest: manifest !== undefined,
    files: files.map((file) => ({ path: file.path, size: file.size })),
    size,
    hasServer: entry !== undefined,
    grants: manifest?.permissions ?? [],
    ignored,
    warnings,
  };
  out.result(plan, () => [
    ...files.map((file) => `  ${file.path}`),
    `Would deploy ${name}: ${filesAndSize(files.length, size)}; nothing was sent`,
  ]);
}
