import { existsSync } from "node:fs";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { Client } from "./client.ts";
import type { Context } from "./context.ts";
import type { OfflineServices } from "./node.ts";
import { LOCAL } from "./peers.ts";

/** One thing done in two ways. */
export interface NodeWays<R> {
  /** Through the API of the node that runs. */
  running(api: Client): Promise<R>;
  /** On the database itself, which no node has open. */
  stopped(services: OfflineServices): Promise<R> | R;
}

/**
 * Asks the node; when it is this machine's and does not run, does the same on its database.
 * The database's lock makes sure that never both write.
 */
export async function withNode<R>(ctx: Context, ways: NodeWays<R>): Promise<R> {
  try {
    return await ways.running(ctx.api);
  } catch (error) {
    if (!isStopped(ctx, error) || !existsSync(ctx.dbPath)) throw error;
  }
  const { withOfflineNode } = await import("./node.ts");
  return await withOfflineNode(ctx.dbPath, (services: OfflineServices) => ways.stopped(services));
}

/** What the node answers; undefined when it is this machine's and does not run. */
export async function whileRunning<R>(
  ctx: Context,
  ask: () => Promise<R>,
): Promise<R | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isStopped(ctx, error)) return undefined;
    throw error;
  }
}

function isStopped(ctx: Context, error: unknown): boolean {
  return error instanceof FaztError && error.code === "UNREACHABLE" && ctx.targetName === LOCAL;
}
