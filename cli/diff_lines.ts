import { formatBytes } from "../kernel/lib/bytes.ts";
import type { FileChange, RevisionDiff } from "./api_types.ts";
import { count, styled } from "./format.ts";
import type { Line } from "./output.ts";

const MARKS = { added: ["green", "+"], removed: ["red", "-"], changed: ["yellow", "~"] } as const;
/** A manifest's value is shown up to this length. */
const VALUE_CHARS = 60;

/** What differs between two revisions: permissions and manifest first, they change what it may. */
export function diffLines(diff: RevisionDiff): Line[] {
  const { from, to, files, permissions, manifest, patches = [] } = diff;
  const lines: Line[] = [
    `revision ${from} -> ${to}: ${files.length === 0 ? "the same files" : summary(files)}`,
    ...permissions.added.map((name): Line => [styled("yellow", `! asks for ${name}`)]),
    ...permissions.removed.map((name): Line => `! asks no more for ${name}`),
    ...manifest.map(({ field, from, to }): Line =>
      `! app.json ${field}: ${short(from)} -> ${short(to)}`
    ),
    ...files.map(fileLine),
  ];
  for (const { path, patch, omitted } of patches) {
    lines.push("", ...patch === undefined ? [`${path}: not shown (${omitted})`] : coloured(patch));
  }
  return lines;
}

/** How many files differ, and how. */
export function summary(files: readonly FileChange[]): string {
  const of = (change: FileChange["change"]) =>
    files.filter((file) => file.change === change).length;
  return `${count(of("added"), "file")} added, ${of("removed")} removed, ${of("changed")} changed`;
}

function fileLine({ path, change, from, to }: FileChange): Line {
  const [colour, mark] = MARKS[change];
  const sizes = [from, to].flatMap((side) => side ? [formatBytes(side.size)] : []).join(" -> ");
  return [styled(colour, `${mark} `), `${path}  ${sizes}`];
}

function coloured(patch: string): Line[] {
  return patch.trimEnd().split("\n").map((line): Line => {
    if (line.startsWith("+")) return [styled("green", line)];
    return line.startsWith("-") ? [styled("red", line)] : line;
  });
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > VALUE_CHARS ? `${text.slice(0, VALUE_CHARS)}…` : text;
}
