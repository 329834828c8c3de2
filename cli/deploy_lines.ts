import { formatBytes } from "../kernel/lib/bytes.ts";
import { formatDuration } from "../kernel/lib/duration.ts";
import type { DeployDone } from "./api_types.ts";
import type { BuildReport } from "./build/mod.ts";
import { count, filesAndSize, formatTime, styled } from "./format.ts";
import type { Line } from "./output.ts";
import { facts } from "./table.ts";

/** A deploy with what only this side knows of it. */
export type DeployReport = DeployDone & {
  /** Files sent; absent for a zip. */
  readonly uploads?: number;
  /** From the first file read to the node's last answer, milliseconds. */
  readonly totalMs: number;
  /** What was built for it here. */
  readonly build?: BuildReport;
};

/** What a deploy prints: where it is, what it was, and the way back. */
export function deployLines(done: DeployReport): Line[] {
  const { app, revision, previous } = done;
  const rows: [string, string][] = [
    ...(done.build ? [["built", builtOf(done.build)] as [string, string]] : []),
    ["size", filesAndSize(done.files, done.size) + sentOf(done)],
    ["time", formatDuration(done.totalMs)],
    ["revision", done.unchanged ? `${revision.n} (unchanged)` : String(revision.n)],
  ];
  if (done.preview) {
    rows.push(["until", formatTime(done.preview.expiresAt)]);
    rows.push(["promote", `fazt app promote ${app.name} --revision ${revision.n}`]);
  } else if (previous !== undefined && !done.unchanged) {
    rows.push(["roll back", `fazt app rollback ${app.name} ${previous}`]);
  }
  if (done.grants.approved.length > 0) rows.push(["granted", done.grants.approved.join(", ")]);
  if (done.grants.pending.length > 0) {
    rows.push(["pending", done.grants.pending.join(", ")]);
    rows.push(["approve", `fazt app grants approve ${app.name}`]);
  }
  return [
    [
      `${done.preview ? "Previewing" : done.created ? "Created" : "Deployed"} `,
      styled("bold", app.name),
      " at ",
      styled("cyan", done.url),
    ],
    ...facts(rows),
  ];
}

function sentOf({ uploads, uploaded }: DeployReport): string {
  if (uploads === undefined) return "";
  if (uploads === 0) return ", nothing to upload";
  return `, ${count(uploads, "upload")} of ${formatBytes(uploaded ?? 0)}`;
}

function builtOf({ command, output, ms }: BuildReport): string {
  return command === undefined
    ? `before; ships ${output}`
    : `with ${command} in ${formatDuration(ms)}; ships ${output}`;
}
