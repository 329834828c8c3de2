import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeDatabase } from "../local_database.ts";
import { main } from "../main.ts";
import { FakeIo, type FakeIoOptions } from "./fake_io.ts";

/** One request the fake node got. */
export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly authorization: string | null;
  readonly type: string | null;
  readonly body: Uint8Array;
}

/** Answers of a fake node: `GET /api/apps` to what it says, or a function of the request. */
export type Answers = Readonly<Record<string, unknown | ((seen: Seen) => Response)>>;

/** A node's HTTP API that says what it was told to, with a database that names it. */
export class FakeNode implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), "fazt-cli-"));
  readonly dbPath = join(this.folder, "data.db");
  readonly token = "local-token";
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(private readonly answers: Answers = {}) {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      (request) => this.#answer(request),
    );
    changeDatabase(this.dbPath, (db) => {
      for (const [key, value] of [["url", this.url], ["token", this.token]]) {
        db.run("INSERT INTO node VALUES (?, ?)", key!, value!);
      }
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Runs a command line against this node's database. */
  async run(argv: readonly string[], options: FakeIoOptions = {}) {
    const io = new FakeIo({ ...options, env: { FAZT_DB: this.dbPath, ...options.env } });
    const code = await main(argv, io);
    return { code, io, out: io.stdout.text, err: io.stderr.text };
  }

  /** Requests of one method and path. */
  calls(route: string): Seen[] {
    return this.seen.filter((one) => `${one.method} ${one.path}` === route);
  }

  async stop(): Promise<void> {
    await this.#server.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const seen: Seen = {
      method: request.method,
      path: pathname + search,
      authorization: request.headers.get("authorization"),
      type: request.headers.get("content-type"),
      body: await request.bytes(),
    };
    this.seen.push(seen);
    const answer = this.answers[`${seen.method} ${seen.path}`] ??
      this.answers[`${seen.method} ${pathname}`] ?? this.answers[seen.method];
    if (typeof answer === "function") return answer(seen);
    if (answer !== undefined) return Response.json({ data: answer });
    return errorAnswer(404, "NOT_FOUND", "There is no such thing");
  }
}

/** An error in the API's envelope. */
export function errorAnswer(status: number, code: string, message: string, more = {}): Response {
  return Response.json({ error: { code, message, ...more } }, { status });
}

/** The JSON of a request. */
export function jsonOf<T>(seen: Seen | undefined): T {
  return JSON.parse(new TextDecoder().decode(seen!.body)) as T;
}

/** An app as the API shows it. */
export function anApp(more: Readonly<Record<string, unknown>> = {}) {
  return {
    id: "app_123456789abc",
    name: "blog",
    state: "active",
    url: "http://blog.localhost:8080",
    urls: ["http://blog.localhost:8080"],
    revision: 3,
    files: 2,
    size: 4100,
    hasServer: false,
    grants: { approved: ["storage:kv"], pending: [] },
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    ...more,
  };
}
