import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/client/validators/cf-worker";
import { CHECKOUT, type TestNode } from "./node.ts";

/** What a tool answered. */
export interface ToolAnswer {
  readonly failed: boolean;
  // deno-lint-ignore no-explicit-any -- tests look at whatever shape the tool gives
  readonly data: any;
  /** The error, where it failed. */
  // deno-lint-ignore no-explicit-any -- as above
  readonly error: any;
  /** Every text block of it. */
  readonly texts: readonly string[];
}

/** A client of the Model Context Protocol that is connected to a node. */
export class McpClient implements AsyncDisposable {
  private constructor(readonly client: Client) {}

  /** Over HTTP, with a key. `auto` speaks the newest version of the protocol that both know. */
  static async overHttp(
    node: TestNode,
    { token = node.token, mode = "legacy" }: {
      readonly token?: string;
      readonly mode?: "legacy" | "auto";
    } = {},
  ): Promise<McpClient> {
    const transport = new StreamableHTTPClientTransport(new URL(`${node.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    });
    const client = newClient(mode);
    await client.connect(transport, { timeout: 120_000 });
    return new McpClient(client);
  }

  /** Over stdin and stdout of `fazt mcp`. */
  static async overStdio(
    node: Pick<TestNode, "db"> & { readonly program?: TestNode["program"] },
    { mode = "legacy", args = ["mcp"] }: {
      readonly mode?: "legacy" | "auto";
      readonly args?: readonly string[];
    } = {},
  ): Promise<McpClient> {
    const { command, args: before } = node.program ?? CHECKOUT;
    const transport = new StdioClientTransport({
      command,
      args: [...before, ...args],
      env: { ...Deno.env.toObject(), FAZT_DB: node.db, NO_COLOR: "1" },
      stderr: "ignore",
    });
    const client = newClient(mode);
    await client.connect(transport, { timeout: 120_000 });
    return new McpClient(client);
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<ToolAnswer> {
    const answer = await this.client.callTool({ name, arguments: args }, { timeout: 120_000 });
    const texts = (answer.content as { text: string }[]).map(({ text }) => text);
    const failed = answer.isError === true;
    return { failed, data: answer.structuredContent, texts, error: failed ? read(texts[0]!) : {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

function newClient(mode: "legacy" | "auto"): Client {
  return new Client({ name: "test", version: "1.0.0" }, {
    versionNegotiation: { mode },
    // The default one compiles code, which tests do not do either.
    jsonSchemaValidator: new CfWorkerJsonSchemaValidator(),
  });
}

function read(text: string) {
  try {
    return JSON.parse(text).error;
  } catch {
    return { message: text };
  }
}
