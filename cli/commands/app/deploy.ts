import { resolve } from "node:path";
import type { DeployDone } from "../../api_types.ts";
import type { BuildReport } from "../../build/mod.ts";
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
    "no-build": "ship the folder as it is, whatever its package.json says",
    prebuilt: "ship this folder of it, which is built already",
    "dry-run": "check everything here, build and send nothing",
  },
  examples: [
    "app deploy ./site",
    "app deploy . --name blog -m 'new front page'",
    "app deploy . --prebuilt dist",
    "@prod deploy . --yes",
  ],
  notes: [
    "A folder whose package.json has a script build is built here, never on the node, with the",
    "package manager of its lock file; what was built is shipped. --yes fetches missing packages.",
  ],
  async run(ctx) {
    const { flags, io, out, signal } = ctx;
    const { kind, path } = whatToDeploy(ctx.args.folder, flags.zip);
    const { name, message, approve, preview } = flags;
    let began = performance.now();
    const report = (done: DeployDone, build?: BuildReport) => {
      for (const warning of done.warnings) out.message(`warning: ${warning}`);
      const full: DeployReport = {
        ...done,
        totalMs: Math.round(performance.now() - began),
        ...(build === undefined ? {} : { build }),
      };
      out.result(full, () => deployLines(full));
    };
    if (kind === "zip") {
      if (flags["dry-run"]) throw usageError("Cannot try out a zip here", "deploy its folder");
      if (flags["no-build"] || flags.prebuilt !== undefined) {
        throw usageError("Cannot build a zip", "deploy its folder");
      }
      const file = resolve(io.cwd, path);
      return report(await deployZip(ctx.api, file, { name, message, approve, preview }));
    }
    if (flags["no-build"] && flags.prebuilt !== undefined) {
      throw usageError("Cannot take both --no-build and --prebuilt", "name one of them");
    }
    const folder = resolve(io.cwd, path);
    const { prepareBuild } = await import("../../build/mod.ts");
    const build = await prepareBuild(folder, {
      prebuilt: flags.prebuilt,
      noBuild: flags["no-build"] ?? false,
      dryRun: flags["dry-run"] ?? false,
      cwd: io.cwd,
      signal,
      out,
      ready: () => void ctx.api.target,
      agree: (question) => ctx.prompt.agree(question),
    });
    began = performance.now();
    const { readLocalApp } = await import("../../local_app.ts");
    const sources = build && folder;
    const app = await readLocalApp(build?.output ?? folder, { name, sources, signal });
    for (const warning of app.warnings) out.message(`warning: ${warning}`);
    if (flags["dry-run"]) return showPlan(app, { out, build });
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
    report(done, build);
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
  { out, build }: { readonly out: Output; readonly build: BuildReport | undefined },
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
    ...(build === undefined ? {} : { build }),
  };
  out.result(plan, () => [
    ...files.map((file) => `  ${file.path}`),
    `Would deploy ${name}: ${filesAndSize(files.length, size)}; nothing was sent`,
  ]);
}
