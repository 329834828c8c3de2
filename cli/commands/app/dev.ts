import { resolve } from "node:path";
import { formatDuration } from "../../../kernel/lib/duration.ts";
import type { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { Client } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { devLogs } from "../../dev_logs.ts";
import { type DevDeployed, devLoop } from "../../dev_loop.ts";
import { renderError } from "../../error_lines.ts";
import { count, formatTime, styled } from "../../format.ts";
import { logLines } from "../../log_lines.ts";
import type { Line, Output } from "../../output.ts";
import { deployProgress } from "../../progress.ts";
import { resolveTarget } from "../../target.ts";

/** `fazt app dev`. */
export const command = defineCommand({
  name: "app dev",
  summary: "Deploy a folder at every change and show the app's log, until interrupted",
  group: "apps",
  args: ["<folder>"],
  flags: {
    name: "name of the app, instead of the manifest's or the folder's",
    approve: "approve every grant it asks for",
  },
  examples: ["app dev ./site", "app dev . --name blog-draft", "@prod app dev ."],
  stopsItself: true,
  async run(ctx) {
    const { args, flags, io, out, signal } = ctx;
    const folder = resolve(io.cwd, args.folder);
    const api = (signal: AbortSignal) =>
      new Client(() => resolveTarget(ctx.dbPath, ctx.peer), signal);
    const show = new DevOutput(out, io.env.FAZT_DEBUG === "1");
    const broken = Promise.withResolvers<never>();
    let followed: { readonly appId: string; readonly stop: AbortController } | undefined;
    const follow = async (appId: string) => {
      if (followed?.appId === appId) return;
      followed?.stop.abort();
      followed = { appId, stop: new AbortController() };
      const stopped = AbortSignal.any([signal, followed.stop.signal]);
      for await (const line of devLogs(appId, { signal: stopped, api: () => api(stopped) })) {
        out.item({ type: "log", ...line }, () => logLines(line));
      }
    };
    out.message(`watching ${folder}; Ctrl-C ends it`);
    try {
      const loop = devLoop(folder, {
        name: flags.name,
        approve: flags.approve,
        signal,
        api: () => api(signal),
        listener: () => deployProgress(out, io),
        deployed(done) {
          show.deployed(done);
          follow(done.app.id).catch(broken.reject);
        },
        failed: (error) => show.failed(error),
      });
      await Promise.race([loop, broken.promise]);
    } catch (error) {
      // The interrupt is how it ends.
      if (!signal.aborted) throw error;
    } finally {
      followed?.stop.abort();
    }
  },
});

/** One line for each deploy that says something new; a warning is said once. */
class DevOutput {
  readonly #warned = new Set<string>();
  /** Whether the next deploy is told of even if it changed nothing. */
  #awaited = true;

  constructor(private readonly out: Output, private readonly debug: boolean) {}

  deployed(done: DevDeployed): void {
    const { app, grants, unchanged } = done;
    const pending = grants.pending.length === 0
      ? []
      : [`${grants.pending.join(", ")} not granted yet: fazt app grants approve ${app.name}`];
    for (const warning of [...done.warnings, ...pending]) {
      if (!this.#warned.has(warning)) this.out.message(`warning: ${warning}`);
      this.#warned.add(warning);
    }
    if (unchanged && !this.#awaited) return;
    this.#awaited = false;
    const item = { type: "deploy", at: Date.now(), ...done };
    this.out.item(item, () => [deployLine(done, item.at)]);
  }

  failed(error: FaztError): void {
    this.#awaited = true;
    const item = { type: "error", at: Date.now(), error: error.toBody() };
    if (this.out.json) this.out.item(item, () => []);
    else this.out.message(...renderError(error, this.debug));
  }
}

function deployLine(
  { app, files, revision, totalMs, unchanged, uploads, url }: DevDeployed,
  at: number,
): Line {
  const sent = unchanged ? "unchanged" : `${uploads} sent`;
  return [
    styled("dim", formatTime(at)),
    "  ",
    styled("green", "deployed"),
    "  ",
    styled("bold", app.name),
    ` revision ${revision.n}: ${count(files, "file")}, ${sent}, ${formatDuration(totalMs)}  `,
    styled("cyan", url),
  ];
}
