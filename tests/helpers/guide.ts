/** One fenced block of the guide. */
export interface GuideBlock {
  /** The file it stands in. */
  readonly file: string;
  readonly line: number;
  readonly language: string;
  /** What stands after the language: `app=hello file=api/main.ts`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Every fenced block, in its order. */
export function blocksOf(file: string, markdown: string): GuideBlock[] {
  const blocks: GuideBlock[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const open = /^```(\w*)\s*(.*)$/.exec(lines[at]!);
    if (open === null) continue;
    const end = lines.indexOf("```", at + 1);
    const fields = open[2]!.split(" ").filter((word) => word !== "").map((word) => {
      const [name, value = "yes"] = word.split("=");
      return [name!, value];
    });
    blocks.push({
      file,
      line: at + 1,
      language: open[1]!,
      fields: Object.fromEntries(fields),
      text: lines.slice(at + 1, end).join("\n") + "\n",
    });
    at = end;
  }
  return blocks;
}

/** A request and what has to come of it, as an `http` block says. */
export interface GuideRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly status: number;
  /** The answer's body; `…` stands for anything. */
  readonly expected: string | undefined;
}

/** Reads an `http` block: request line, headers, body, status, expected body. */
export function requestOf(text: string): GuideRequest {
  const parts = text.trim().split("\n\n");
  const answer = parts.pop()!;
  const [first, ...headers] = parts.shift()!.split("\n");
  const [method, path] = first!.split(" ");
  const [status, ...expected] = answer.split("\n");
  return {
    method: method!,
    path: path!,
    headers: Object.fromEntries(headers.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trim()];
    })),
    body: parts.length > 0 ? parts.join("\n\n") : undefined,
    status: Number(status),
    expected: expected.length > 0 ? expected.join("\n") : undefined,
  };
}

/** Whether a text is what the guide says; `…` in the guide stands for anything. */
export function isAsSaid(expected: string, text: string): boolean {
  const pattern = expected.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join("[^]*")}\\s*$`).test(text);
}
