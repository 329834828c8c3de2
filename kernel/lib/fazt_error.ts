/** What a {@link FaztError} may carry besides its code and message. */
export interface FaztErrorOptions {
  /** The next thing to do, usually a command to type. */
  readonly hint?: string;
  /** HTTP status, 400 to 599. Default: the code's own, else 400. */
  readonly status?: number;
  /** Machine-readable facts that are safe to show to whoever gets the error. */
  readonly details?: unknown;
  /** What went wrong underneath. Never leaves the process. */
  readonly cause?: unknown;
}

/** The part of a {@link FaztError} that crosses a boundary: HTTP, CLI or a worker's channel. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: unknown;
}

/** HTTP statuses of the codes that are not plain bad requests. */
const STATUS: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  INVALID: 422,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  TOO_LARGE: 413,
  QUOTA: 429,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  BUSY: 503,
  READ_ONLY: 503,
  DISK_FULL: 507,
  TIMEOUT: 504,
};

/**
 * The one error of this project. HTTP, CLI and app code render the same object.
 * Messages follow one grammar: what could not be done, why, current state.
 */
export class FaztError extends Error {
  override readonly name = "FaztError";
  readonly code: string;
  readonly status: number;
  readonly hint: string | undefined;
  readonly details: unknown;

  constructor(code: string, message: string, options: FaztErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? STATUS[code] ?? 400;
    this.hint = options.hint;
    this.details = options.details;
  }

  /** The shape that leaves the process: no cause, no stack. */
  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  /** Rebuilds an error that crossed a boundary. */
  static from(body: ErrorBody, status?: number): FaztError {
    return new FaztError(body.code, body.message, {
      ...(body.hint === undefined ? {} : { hint: body.hint }),
      ...(body.details === undefined ? {} : { details: body.details }),
      ...(status === undefined ? {} : { status }),
    });
  }
}

/** Any thrown value as a {@link FaztError}; unknown ones become `INTERNAL` and keep their cause. */
export function toFaztError(thrown: unknown): FaztError {
  if (thrown instanceof FaztError) return thrown;
  const full = diskFull(thrown);
  if (full) return full;
  return new FaztError("INTERNAL", "Something went wrong inside the node", { cause: thrown });
}

/** SQLite's SQLITE_FULL (13) and the system's ENOSPC are one thing to a user. */
function diskFull(thrown: unknown): FaztError | undefined {
  const error = thrown as { errcode?: number; code?: string; message?: string } | null;
  const text = error?.message ?? "";
  if (
    error?.errcode !== 13 && error?.code !== "ENOSPC" &&
    !/database or disk is full|No space left/i.test(text)
  ) return undefined;
  return new FaztError("DISK_FULL", "Cannot write: the disk is full", {
    hint: "free space on the node's disk, then try again; nothing half-written was kept",
    cause: thrown,
  });
}
