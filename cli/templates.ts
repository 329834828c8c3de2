/** What `fazt app create --template` can make, each with what it is for. */
export const TEMPLATES = {
  static: "a page with a style sheet",
  api: "a page and server code that keeps its data",
  tool: "server code alone",
} as const;

/** The name of a template. */
export type TemplateName = keyof typeof TEMPLATES;

/** The files of a new app, by path. */
export function templateFiles(kind: TemplateName, name: string): Record<string, string> {
  const permissions = kind === "static" ? [] : ["storage:kv"];
  const files: Record<string, string> = {
    "app.json": JSON.stringify({ name, version: "0.1.0", permissions }, null, 2) + "\n",
    ".faztignore": "# What a deploy leaves out, besides .git, node_modules and .env\n*.log\n",
  };
  if (kind !== "tool") {
    files["index.html"] = page(name, kind === "api");
    files["style.css"] = STYLE;
    files["404.html"] = page(name, false).replace(
      "Edit index.html",
      "Nothing is here. Edit 404.html",
    );
  }
  if (kind === "api") files["app.js"] = SCRIPT;
  if (kind !== "static") files["api/main.ts"] = kind === "api" ? VISITS : TOOL;
  return files;
}

function page(name: string, hasServer: boolean): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${name}</title>
    <link rel="stylesheet" href="/style.css">
  </head>
  <body>
    <main>
      <h1>${name}</h1>
      <p>${
    hasServer ? "Visits so far: <output>…</output>" : "Edit index.html and deploy again."
  }</p>
    </main>${hasServer ? '\n    <script type="module" src="/app.js"></script>' : ""}
  </body>
</html>
`;
}

const STYLE = `:root {
  color-scheme: light dark;
  font-family: system-ui, sans-serif;
}

main {
  max-width: 40rem;
  margin: 20vh auto;
  padding: 0 1rem;
}
`;

const SCRIPT = `const { visits } = await (await fetch("/api/visits", { method: "POST" })).json();
document.querySelector("output").textContent = visits;
`;

const VISITS = `import fazt from "fazt";

export default async function (request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/api/visits" && request.method === "POST") {
    return Response.json({ visits: await fazt.storage.kv.increment("visits", 1) });
  }
  return Response.json({ error: "not found" }, { status: 404 });
}
`;

const TOOL = `import fazt from "fazt";
import { z } from "zod";

const Note = z.object({ text: z.string().min(1).max(1000) });

export default async function (request: Request): Promise<Response> {
  if (request.method === "POST") {
    const note = Note.safeParse(await request.json().catch(() => null));
    if (!note.success) return Response.json({ error: z.prettifyError(note.error) }, { status: 400 });
    await fazt.storage.kv.set(\`note:\${Date.now()}\`, note.data);
    return Response.json(note.data, { status: 201 });
  }
  const { items } = await fazt.storage.kv.list("note:", { limit: 100 });
  return Response.json(items.map((item) => item.value));
}
`;
