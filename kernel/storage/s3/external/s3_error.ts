import { FaztError } from "../../../lib/fazt_error.ts";

/** What went wrong with a provider, beyond the message. */
export interface S3ErrorFacts {
  /** HTTP status of the provider's answer, where there was one. */
  readonly status?: number;
  /** The provider's own code, such as `NoSuchBucket`. */
  readonly reason?: string;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The error of everything a provider refuses or does wrong. Never holds a key or a signature. */
export function s3Error(why: string, { hint, cause, ...facts }: S3ErrorFacts = {}): FaztError {
  return new FaztError("S3_ERROR", `Cannot use the external storage: ${why}`, {
    status: 502,
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
    details: facts,
  });
}

/** The same where nothing was sent, because it could not be: what was asked for is wrong. */
export function s3Unusable(why: string, hint?: string): FaztError {
  return new FaztError("S3_ERROR", `Cannot use the external storage: ${why}`, {
    status: 422,
    ...(hint === undefined ? {} : { hint }),
    details: {},
  });
}

const HINTS: Readonly<Record<string, string>> = {
  AccessDenied: "the access key may not do this with the bucket",
  InvalidAccessKeyId: "check the access key id",
  SignatureDoesNotMatch: "check the secret access key and the region",
  AuthorizationHeaderMalformed: "check the region",
  NoSuchBucket: "create the bucket at the provider, or check its name",
  PermanentRedirect: "check the endpoint and the region: the bucket lives elsewhere",
  RequestTimeTooSkewed: "the clock of this machine is wrong",
};

/** The hint that goes with a provider's code. */
export const hintFor = (reason: string | undefined): string | undefined =>
  reason !== undefined && Object.hasOwn(HINTS, reason) ? HINTS[reason] : undefined;
