import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { Alias } from "./api_types.ts";
import { Client } from "./client.ts";
import { databasePath } from "./database_path.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";
import { defaultPeer, LOCAL } from "./peers.ts";
import type { Prompt } from "./prompt.ts";
import { resolveTarget } from "./target.ts";

/** What {@link Context} is made of. */
export interface ContextOptions<A, F> {
  readonly args: A;
  readonly flags: F;
  readonly peer: string | undefined;
  readonly io: Io;
  readonly out: Output;
  readonly prompt: Prompt;
  /** Aborts at the first interrupt. */
  readonly signal: AbortSignal;
}

/** What a command gets: its arguments and flags, and the ways to the world. */
export class Context<A = unknown, F = unknown> {
  readonly args: A;
  readonly flags: F;
  /** The peer named by `@peer` or `--to`. */
  readonly peer: string | undefined;
  readonly io: Io;
  readonly out: Output;
  readonly prompt: Prompt;
  readonly signal: AbortSignal;
  #api: Client | undefined;

  constructor(options: ContextOptions<A, F>) {
    this.args = options.args;
    this.flags = options.flags;
    this.peer = options.peer;
    this.io = options.io;
    this.out = options.out;
    this.prompt = options.prompt;
    this.signal = options.signal;
  }

  /** The local database's file. */
  get dbPath(): string {
    return databasePath((this.flags as { db?: string }).db, this.io);
  }

  /** Whom the command speaks to: a peer's name, or `local`. */
  get targetName(): string {
    return this.peer ?? defaultPeer(this.dbPath)?.name ?? LOCAL;
  }

  /** The node to speak to, looked for at the first call. */
  get api(): Client {
    this.#api ??= new Client(() => resolveTarget(this.dbPath, this.peer), this.signal);
    return this.#api;
  }

  /**
   * What to call an app in the API's paths: what was typed, or the id that `--alias` points at.
   * @throws {FaztError} `NOT_FOUND`.
   */
  async appRef(typed: string): Promise<string> {
    const { alias } = this.flags as { alias?: string };
    if (alias === undefined) return typed;
    const aliases = await this.api.get<Alias[]>("/api/aliases");
    const appId = aliases.find((one) => one.label === alias)?.appId;
    if (appId) return appId;
    throw new FaztError("NOT_FOUND", `There is no alias "${alias}" that points at an app`, {
      hint: "fazt alias list shows every alias",
    });
  }
}
