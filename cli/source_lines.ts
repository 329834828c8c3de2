import { formatBytes } from "../kernel/lib/bytes.ts";
import type { App, InstallDone, Plan, VersionCheck } from "./api_types.ts";
import { summary } from "./diff_lines.ts";
import { count, filesAndSize, formatTime, styled } from "./format.ts";
import type { Line } from "./output.ts";
import { facts } from "./table.ts";

const MARKS = { added: ["green", "+"], removed: ["red", "-"], changed: ["yellow", "~"] } as const;
/** Files of a plan that are listed. */
const MAX_FILES = 40;
/** Characters of a commit that are shown. */
const COMMIT = 12;

/** Where an app comes from, on one line. */
export function sourceLine({ source }: Pick<App, "source">): string {
  if (source === undefined) return "personal";
  const market = source.market === undefined ? "" : `${source.market}/${source.app}, `;
  const state = source.modified ? ", changed by hand since" : "";
  return `${market}${source.spec} at ${source.commit.slice(0, COMMIT)}${state}`;
}

/** What an install or upgrade would do: permissions before files, they change what it may. */
export function planLines(plan: Plan): Line[] {
  const { commit, permissions, files, signature, source } = plan;
  const market = source.market === undefined ? undefined : `${source.market}/${source.app}`;
  const lines: Line[] = [
    [
      `${plan.kind === "install" ? "Install" : "Upgrade"} `,
      styled("bold", plan.name),
      plan.version === undefined ? "" : ` ${plan.version}`,
    ],
    ...facts([
      ["from", source.spec],
      ...market === undefined ? [] : [["marketplace", market] as const],
      [
        "commit",
        `${commit.id.slice(0, COMMIT)} of ${
          formatTime(commit.at)
        } by ${commit.author}: ${commit.subject}`,
      ],
      ["signed", signature.key ?? "no"],
      ["size", filesAndSize(plan.fileCount, plan.size)],
    ]),
    ...permissions.added.map((name): Line => [
      styled("yellow", `! asks for ${name}`),
      `: ${permissions.meanings[name] ?? ""}`,
    ]),
    ...permissions.removed.map((name): Line => `! asks no more for ${name}`),
  ];
  if (plan.kind === "upgrade") {
    lines.push(plan.unchanged ? "Every file is as it is served" : summary(files));
    for (const { path, change, from, to } of files.slice(0, MAX_FILES)) {
      const [colour, mark] = MARKS[change];
      const sizes = [from, to].flatMap((side) => side ? [formatBytes(side.size)] : []);
      lines.push([styled(colour, `${mark} `), `${path}  ${sizes.join(" -> ")}`]);
    }
    if (files.length > MAX_FILES) {
      lines.push(`… and ${count(files.length - MAX_FILES, "file")} more`);
    }
  }
  return [
    ...lines,
    ...plan.warnings.map((text): Line => [styled("yellow", "warning: "), text]),
  ];
}

/** What an install or upgrade did, and the way back. */
export function installedLines(done: InstallDone): Line[] {
  const { app, revision, previous, unchanged } = done;
  return [
    [
      done.created ? "Installed " : unchanged ? "Nothing changed in " : "Upgraded ",
      styled("bold", app.name),
      " at ",
      styled("cyan", done.url),
    ],
    ...facts([
      ["source", sourceLine(app)],
      ["revision", unchanged ? `${revision.n} (unchanged)` : revision.n],
      ...(previous === undefined || unchanged
        ? []
        : [["roll back", `fazt app rollback ${app.name} ${previous}`] as const]),
      ...(done.grants.approved.length > 0
        ? [["granted", done.grants.approved.join(", ")] as const]
        : []),
      ...(done.grants.pending.length > 0
        ? [["pending", done.grants.pending.join(", ")] as const]
        : []),
    ]),
    ...done.warnings.map((text): Line => [styled("yellow", "warning: "), text]),
  ];
}

/** Whether there is another version. */
export function checkLines({ app, current, latest, outdated, source }: VersionCheck): Line[] {
  if (!outdated) return [`${app.name} is at ${current.slice(0, COMMIT)}, the newest of its source`];
  return [
    `${app.name} is at ${current.slice(0, COMMIT)}, ${source.spec} is at ${
      latest.slice(0, COMMIT)
    }`,
    `See what changes: fazt app upgrade ${app.name} --dry-run`,
  ];
}
