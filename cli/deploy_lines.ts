import { formatBytes } from "../kernel/lib/bytes.ts";
import { formatDuration } from "../kernel/lib/duration.ts";
import type { Deployed } from "./api_types.ts";
import { count, filesAndSize, styled } from "./format.ts";
import type { Line } from "./output.ts";
import { facts } from "./table.ts";

/** What a deploy prints: where it is, what it was, and the way back. */
export function deployLines(done: Deployed & { readonly uploadedBytes?: number }): Line[] {
  const { app, revision, previous } = done;
  const rows: [string, string][] = [
    ["size", filesAndSize(done.files, done.size) + sentOf(done)],
    ["time", formatDuration(done.ms)],
    ["revision", done.unchanged ? `${revision.n} (unchanged)` : String(revision.n)],
  ];
  if (previous !== undefined && !done.unchanged) {
    rows.push(["roll back", `fazt app rollback ${app.name} ${previous}`]);
  }
  if (done.grants.approved.length > 0) rows.push(["granted", done.grants.approved.join(", ")]);
  if (done.grants.pending.length > 0) {
    rows.push(["pending", done.grants.pending.join(", ")]);
    rows.push(["approve", `fazt app grants approve ${app.name}`]);
  }
  return [
    [
      `${done.created ? "Created" : "Deployed"} `,
      styled("bold", app.name),
      " at ",
      styled("cyan", done.url),
    ],
    ...facts(rows),
  ];
}

function sentOf(done: Deployed & { readonly uploadedBytes?: number }): string {
  if (done.uploaded === undefined) return "";
  const bytes = done.uploadedBytes === undefined ? "" : ` of ${formatBytes(done.uploadedBytes)}`;
  return done.uploaded === 0
    ? ", nothing to upload"
    : `, ${count(done.uploaded, "upload")}${bytes}`;
}
