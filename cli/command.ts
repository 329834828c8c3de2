import type { Context } from "./context.ts";
import type { FlagName, FlagValues } from "./flags.ts";

/** The jobs that help groups commands by, in its order. */
export const GROUPS = {
  node: "Node",
  apps: "Apps",
  revisions: "Revisions and copies",
  addresses: "Addresses",
  config: "Configuration",
  egress: "Requests of apps",
  data: "Data",
  schedule: "Schedule",
  system: "System",
} as const;

/** The key of a group of commands. */
export type Group = keyof typeof GROUPS;

/** `<name>` is required, `[name]` optional, `<name...>` and `[name...]` take the rest. */
export type ArgSpec = `<${string}>` | `[${string}]`;

type ArgEntry<A extends string> = A extends `<${infer N}...>` ? { readonly [K in N]: string[] }
  : A extends `[${infer N}...]` ? { readonly [K in N]: string[] }
  : A extends `<${infer N}>` ? { readonly [K in N]: string }
  : A extends `[${infer N}]` ? { readonly [K in N]?: string }
  : never;
type Intersect<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I
  : never;

/** The arguments of a command by the names in its declaration. */
export type ArgValues<A extends readonly ArgSpec[]> = A extends readonly [] ? Record<never, never>
  : Intersect<ArgEntry<A[number]>>;

/** One command: what help says of it, what it takes, and what it does. */
export interface Command<
  A extends readonly ArgSpec[] = readonly ArgSpec[],
  F extends FlagName = FlagName,
> {
  /** Every word of it, such as `app env set`. */
  readonly name: string;
  /** One line of help, without a full stop. */
  readonly summary: string;
  readonly group: Group;
  readonly args?: A;
  /** The flags it takes besides the global ones, each with its line of help. */
  readonly flags?: { readonly [K in F]: string };
  /** Whole command lines, without `fazt`. */
  readonly examples?: readonly string[];
  /** Lines at the end of its help. */
  readonly notes?: readonly string[];
  /** Why it works on this machine only; without it the command speaks to any peer. */
  readonly local?: string;
  /** An interrupt only aborts `ctx.signal`; by default it ends the command at once. */
  readonly stopsItself?: boolean;
  /** @returns the exit code; nothing is 0. @throws {FaztError} for whatever a user can mend. */
  run(ctx: Context<ArgValues<A>, FlagValues<F>>): Promise<number | void> | number | void;
}

// Parameters are contravariant: the registry holds commands of every shape.
// deno-lint-ignore no-explicit-any
export type AnyCommand = Omit<Command, "run" | "flags"> & { run(ctx: any): any } & {
  readonly flags?: Readonly<Partial<Record<FlagName, string>>>;
};

/** Declares a command; its `run` sees exactly the arguments and flags it named. */
export function defineCommand<
  const A extends readonly ArgSpec[] = readonly [],
  F extends FlagName = never,
>(command: Command<A, F>): Command<A, F> {
  return Object.freeze(command);
}
