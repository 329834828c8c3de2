import { type Answer, visitHost } from "./http.ts";
import type { TestNode } from "./node.ts";

/** What a page of the dashboard would send and keep: one browser with its cookies. */
export class Dashboard {
  readonly host: string;
  readonly origin: string;
  /** The session's cookie, as `name=value`; empty where there is none. */
  cookie = "";

  constructor(readonly node: Pick<TestNode, "port">) {
    this.host = `admin.localhost:${node.port}`;
    this.origin = `http://${this.host}`;
  }

  /** Asks the API as the dashboard's own page does; a cookie that comes is kept. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
    // deno-lint-ignore no-explicit-any -- tests look at whatever shape the API gives
  ): Promise<{ status: number; data: any; meta: any; error: any; headers: Headers; text: string }> {
    const answer: Answer = await visitHost(this.node, this.host, path, {
      method,
      headers: {
        ...(this.cookie === "" ? {} : { cookie: this.cookie }),
        origin: this.origin,
        "sec-fetch-site": "same-origin",
        "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const [set] = answer.headers.getSetCookie();
    if (set !== undefined) {
      const pair = set.split(";")[0]!;
      this.cookie = pair.endsWith("=") ? "" : pair;
    }
    const json = answer.headers.get("content-type")?.includes("json") && answer.text !== "";
    const { data, meta, error } = json ? JSON.parse(answer.text) : {} as Record<string, undefined>;
    return { status: answer.status, data, meta, error, headers: answer.headers, text: answer.text };
  }

  /** Signs in; the status and the error's code, if there is one. */
  async signIn(credential: unknown): Promise<string> {
    const { status, error } = await this.ask("POST", "/api/session", credential);
    return error === undefined ? `${status}` : `${status} ${error.code}`;
  }
}
