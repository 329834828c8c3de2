/** An app's server code as one module, made at deploy time. */
export interface ServerModule {
  /**
   * A script whose value is an async function that gives `main`, `style`, `handlers` and `styles`;
   * it imports nothing.
   */
  readonly code: string;
  /** Source map v3, JSON. */
  readonly map: string;
  readonly warnings: readonly string[];
}

/** Options of {@link Bundler.bundle}. */
export interface BundleInput {
  /** Entry, such as `api/main.ts`. */
  readonly entry: string;
  /** Other handlers that must be in the module, such as cron and event handlers. */
  readonly handlers?: readonly string[];
  /** Every file of the app by path. Only what the entry reaches is read. */
  readonly read: (path: string) => Uint8Array | undefined;
  /** Every path of the app, for look-up and for naming the nearest one. */
  readonly paths: ReadonlySet<string>;
  /** Largest module, bytes of the app's own code without the standard library. */
  readonly maxBytes: number;
}

/** Turns `api/` into one module. The kernel knows only this; the runtime ring implements it. */
export interface Bundler {
  /**
   * @throws {FaztError} `BUNDLE_FAILED` with `details: [{message, file, line, column}]` for a
   *   syntax error or an unknown module (the message lists what exists), `TOO_LARGE` past the cap.
   */
  bundle(input: BundleInput): Promise<ServerModule>;
  /** Gives back the memory that is only kept for the next build. */
  rest(): void;
}
