import { fileURLToPath } from "node:url";
import { isCheckout } from "./program.ts";

const CHECKOUT_FOLDER = fileURLToPath(new URL("../", import.meta.url));

/** What a client of the Model Context Protocol is told to reach a node. */
export interface McpConfig {
  /** For clients that start a program. */
  readonly stdio: {
    readonly command: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  };
  /** For clients that speak HTTP. */
  readonly http: {
    readonly type: "http";
    readonly url: string;
    readonly headers: { readonly Authorization: string };
  };
}

/**
 * The configuration for a node. The database is always named: a client starts the program in
 * whatever folder it likes.
 */
export function mcpConfig(
  { dbPath, peer, url }: {
    readonly dbPath: string;
    readonly peer: string | undefined;
    readonly url: string;
  },
): McpConfig {
  const [command, ...before] = isCheckout()
    ? ["npx", "-y", "deno@2.9.6", "task", "--cwd", CHECKOUT_FOLDER, "fazt"]
    : ["fazt"];
  return {
    stdio: {
      command: command!,
      args: [...before, ...(peer === undefined ? [] : [`@${peer}`]), "mcp"],
      env: { FAZT_DB: dbPath },
    },
    http: { type: "http", url: `${url}/mcp`, headers: { Authorization: "Bearer KEY" } },
  };
}

/** The configuration as most clients read it from a file. */
export function mcpConfigLines(config: McpConfig): string[] {
  const servers = (entry: unknown) =>
    JSON.stringify({ mcpServers: { fazt: entry } }, null, 2).split("\n");
  return [
    "A client that starts a program:",
    "",
    ...servers(config.stdio),
    "",
    "A client that speaks HTTP, with a key from fazt server create-key NAME --scope mcp:",
    "",
    ...servers(config.http),
  ];
}
