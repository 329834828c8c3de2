import { gitMissing, type GitServer, startGitServer } from "./git_server.ts";
import { startNode, type TestNode } from "./node.ts";

/** A manifest with a page beside it, below a folder of a repository. */
export function appFiles(
  folder: string,
  manifest:
    & { readonly name: string; readonly permissions?: readonly string[] }
    & Readonly<
      Record<string, unknown>
    >,
  page = "one",
): Record<string, string> {
  const at = folder === "" ? "" : `${folder}/`;
  const whole = { permissions: [], ...manifest };
  return { [`${at}app.json`]: JSON.stringify(whole), [`${at}index.html`]: page };
}

/** Runs with a git server and a node that may read from it; skips where there is no git. */
export function withSources(
  name: string,
  run: (node: TestNode, server: GitServer, t: Deno.TestContext) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): void {
  const missing = gitMissing();
  Deno.test({
    name: missing === undefined ? name : `${name} (skipped: ${missing})`,
    ignore: missing !== undefined,
    fn: async (t) => {
      await using server = await startGitServer();
      await using node = await startNode({
        settings: { "sources.privateHosts": server.host, ...settings },
      });
      await run(node, server, t);
    },
  });
}
