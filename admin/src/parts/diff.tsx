import { bytes, plural } from "../lib/format.ts";
import { Badge } from "../ui/badge.tsx";
import { Callout, Empty } from "../ui/state.tsx";

/** How two revisions differ (`GET /api/apps/{ref}/diff`). */
export interface DiffAnswer {
  readonly from: number;
  readonly to: number;
  readonly files: readonly {
    readonly path: string;
    readonly change: "added" | "removed" | "changed";
    readonly from?: { readonly size: number };
    readonly to?: { readonly size: number };
  }[];
  readonly permissions: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly manifest: readonly {
    readonly field: string;
    readonly from: unknown;
    readonly to: unknown;
  }[];
  readonly patches?: readonly {
    readonly path: string;
    readonly patch?: string;
    readonly omitted?: unknown;
  }[];
}

const TONES = { added: "good", removed: "bad", changed: "info" } as const;

/** A comparison, file by file. */
export function Diff({ answer }: { readonly answer: DiffAnswer }) {
  const { files, permissions, manifest, patches = [] } = answer;
  if (files.length === 0) return <Empty icon="check" title="Nothing differs" />;
  return (
    <div class="stack">
      {permissions.added.length > 0 && (
        <Callout kind="warn" title="Asks newly for">{permissions.added.join(", ")}</Callout>
      )}
      {permissions.removed.length > 0 && (
        <Callout>No longer asks for {permissions.removed.join(", ")}</Callout>
      )}
      {manifest.length > 0 && (
        <ul class="small">
          {manifest.map(({ field, from, to }) => (
            <li key={field}>
              <code>{field}</code>: {words(from)} → {words(to)}
            </li>
          ))}
        </ul>
      )}
      <p class="quiet small">{plural(files.length, "file")} differ</p>
      {files.slice(0, 200).map(({ path, change, from, to }) => {
        const patch = patches.find((one) => one.path === path);
        return (
          <details key={path} open={files.length < 6}>
            <summary class="row" style={{ cursor: "pointer" }}>
              <Badge tone={TONES[change]}>{change}</Badge>
              <span class="mono wrap">{path}</span>
              <span class="small quiet">
                {from && bytes(from.size)} {from && to && "→"} {to && bytes(to.size)}
              </span>
            </summary>
            {patch?.patch === undefined
              ? (
                <p class="small quiet">
                  {patch?.omitted === undefined
                    ? "No text to compare"
                    : `Not shown: ${words(patch.omitted)}`}
                </p>
              )
              : <Patch text={patch.patch} path={path} />}
          </details>
        );
      })}
    </div>
  );
}

function Patch({ text, path }: { readonly text: string; readonly path: string }) {
  return (
    <div class="diff" tabIndex={0} role="region" aria-label={`Changes of ${path}`}>
      {text.split("\n").slice(0, 3000).map((line, i) => (
        <div key={i} class={kindOf(line)}>{line || " "}</div>
      ))}
    </div>
  );
}

function kindOf(line: string): string | undefined {
  if (line.startsWith("+++") || line.startsWith("---")) return "at";
  return line.startsWith("+")
    ? "add"
    : line.startsWith("-")
    ? "del"
    : line.startsWith("@@")
    ? "at"
    : undefined;
}

function words(value: unknown): string {
  return value === undefined || value === null
    ? "nothing"
    : typeof value === "string"
    ? value
    : JSON.stringify(value).slice(0, 300);
}
