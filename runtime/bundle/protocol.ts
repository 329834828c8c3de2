import type { ImportKind, NpmTarget, StdlibUnit } from "../stdlib/mod.ts";

/** One app's server code to be built. */
export interface BuildJob {
  readonly kind: "build";
  readonly entry: string;
  readonly handlers: readonly string[];
  /** Every path of the app under `api/`. */
  readonly paths: readonly string[];
  readonly maxBytes: number;
}

/** One unit of the standard library to be packed into modules without outside imports. */
export interface PackJob {
  readonly kind: "pack";
  readonly unit: StdlibUnit;
}

/** What a worker can be asked to do. */
export type BundleJob = BuildJob | PackJob;

/** What comes out of a {@link BuildJob}. */
export interface BuildResult {
  readonly code: string;
  readonly map: string;
  readonly warnings: readonly string[];
}

/** Modules of a {@link PackJob} by key: a specifier, or `<unit>:<chunk>`. */
export type PackResult = Readonly<Record<string, string>>;

/** What the worker may ask of the kernel's side while it works on a job. */
export interface Questions {
  /** The bytes of one of the app's files. */
  appFile(path: string): Uint8Array | undefined;
  /** The text of a standard library module; undefined when there is none of that name. */
  stdlib(key: string): Promise<string | undefined>;
  /** A module named by the catalog. */
  packageRoot(specifier: string): NpmTarget;
  /** One of our own twins of `node:` modules. */
  shim(name: string): NpmTarget;
  /** A specifier written in a package's file. */
  packageFile(specifier: string, from: string, kind: ImportKind): NpmTarget;
  /** The bytes of a package's file. */
  readPackage(file: string): Promise<Uint8Array>;
}

/** Something wrong in an app's code. Line and column count from 1, the column in UTF-16 units. */
export interface Problem {
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** Why a job failed. */
export type Failure =
  | { readonly kind: "problems"; readonly problems: readonly Problem[] }
  /** The app's code brought the bundler down: this worker is of no more use. */
  | { readonly kind: "crash" }
  | { readonly kind: "tooLarge"; readonly bytes: number }
  | { readonly kind: "fault"; readonly trace: string };

/** Kernel to worker. */
export type ToWorker =
  | { readonly kind: "start"; readonly wasm: Uint8Array }
  | { readonly kind: "run"; readonly id: number; readonly job: BundleJob }
  | { readonly kind: "answer"; readonly ask: number; readonly value: unknown }
  | { readonly kind: "refuse"; readonly ask: number; readonly message: string };

/** Worker to kernel. */
export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "broken"; readonly message: string }
  /** esbuild is gone: no job that runs will be answered. */
  | { readonly kind: "crashed" }
  | { readonly kind: "done"; readonly id: number; readonly value: BuildResult | PackResult }
  | { readonly kind: "failed"; readonly id: number; readonly failure: Failure }
  | {
    readonly kind: "ask";
    readonly id: number;
    readonly ask: number;
    readonly question: keyof Questions;
    readonly args: readonly unknown[];
  };
