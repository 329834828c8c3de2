import { Script } from "node:vm";
import type { BundleInput, ServerModule } from "../../kernel/apps/bundler.ts";
import type { FaztError } from "../../kernel/lib/fazt_error.ts";

/** Helpers for tests of the bundler. */

/** A small app held in memory, as a bundler's input. */
export function app(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<BundleInput> = {},
): BundleInput {
  const encoder = new TextEncoder();
  const entry = Object.keys(files).find((path) => path.startsWith("api/main.")) ?? "api/main.ts";
  return {
    entry,
    paths: new Set(Object.keys(files)),
    read: (path) => {
      const text = files[path];
      return typeof text === "string" ? encoder.encode(text) : text;
    },
    maxBytes: 1024 * 1024,
    ...options,
  };
}

/** What a finished module exports. */
export interface Loaded {
  readonly main: Record<string, unknown> & { default(...args: unknown[]): unknown };
  readonly style: "esm" | "cjs";
  readonly handlers: Readonly<Record<string, Loaded["main"]>>;
  readonly styles: Readonly<Record<string, "esm" | "cjs">>;
}

/** Runs a finished script the way an isolate does. */
export async function load({ code }: Pick<ServerModule, "code">): Promise<Loaded> {
  return await (new Script(code).runInThisContext() as () => Promise<Loaded>)();
}

/** The error a promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<FaztError> {
  try {
    await promise;
  } catch (error) {
    return error as FaztError;
  }
  throw new Error("nothing failed");
}
