import type { ValueCodec } from "../../kernel/lib/value_codec.ts";
import type { Lifetime } from "./lifetime.ts";

/** What a pillar of `fazt.storage` is made with. */
export interface PillarDeps {
  readonly codec: ValueCodec;
  /** Asks the kernel, for the app's rows or for one person's. */
  readonly syscall: (name: string, input: object) => Promise<unknown>;
  readonly lifetime: Lifetime;
}

/** Builds one pillar of `fazt.storage`. */
export type CreatePillar = (deps: PillarDeps) => object;

/**
 * Builds `fazt.storage`: every pillar for the whole app, and under `user` for one person.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createStorage(
  pillars: Readonly<Record<string, CreatePillar>>,
  deps: PillarDeps,
): object {
  const made = (syscall: PillarDeps["syscall"]) =>
    Object.fromEntries(
      Object.entries(pillars).map(([name, create]) => [name, create({ ...deps, syscall })]),
    );
  return {
    ...made(deps.syscall),
    user: made((name, input) => deps.syscall(name, { ...input, user: true })),
  };
}
