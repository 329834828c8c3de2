import { FaztError } from "../../lib/fazt_error.ts";

/** A problem a CA told of (RFC 7807 as RFC 8555 §6.7 uses it). */
export interface AcmeProblem {
  /** Without `urn:ietf:params:acme:error:`. */
  readonly type: string;
  readonly detail: string;
  readonly status: number;
  /** ms the CA asks to wait. */
  readonly retryAfterMs?: number;
}

const URN = "urn:ietf:params:acme:error:";
const MAX_TEXT = 500;

/** The CA cannot be reached, or is out of order. */
export function acmeUnreachable(
  why: string,
  options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {},
): FaztError {
  const { cause, retryAfterMs } = options;
  return new FaztError("ACME_UNREACHABLE", `Cannot reach the certificate authority: ${why}`, {
    status: 502,
    hint: "fazt net cert list shows when it is tried again; fazt config get acme.directory",
    ...(retryAfterMs === undefined ? {} : { details: { retryAfterMs } }),
    cause,
  });
}

/** What the CA said cannot be used. */
export function acmeNonsense(why: string, cause?: unknown): FaztError {
  return new FaztError(
    "ACME_ANSWER",
    `Cannot use the answer of the certificate authority: ${why}`,
    { status: 502, hint: "check acme.directory: it has to be a directory of RFC 8555", cause },
  );
}

/** The CA said no. */
export function acmeRefused(problem: AcmeProblem): FaztError {
  const limited = problem.type === "rateLimited" || problem.status === 429;
  return new FaztError(
    limited ? "ACME_RATE_LIMITED" : "ACME_REFUSED",
    `The certificate authority refused: ${problem.detail || problem.type}`,
    { status: 502, hint: hintOf(problem.type), details: { ...problem } },
  );
}

/** The problem an error carries, where a CA told one. */
export function problemOf(error: unknown): AcmeProblem | undefined {
  if (!(error instanceof FaztError) || !/^ACME_(REFUSED|RATE_LIMITED)$/.test(error.code)) {
    return undefined;
  }
  return error.details as AcmeProblem;
}

/** How long whoever failed was asked to wait, ms. */
export function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof FaztError)) return undefined;
  return (error.details as { retryAfterMs?: number } | undefined)?.retryAfterMs;
}

/** A problem document read with care: it is the CA's word, and shown to owners. */
export function readProblem(
  body: unknown,
  { status, retryAfterMs }: { readonly status: number; readonly retryAfterMs?: number | undefined },
): AcmeProblem {
  const { type, detail, subproblems } = (body ?? {}) as Record<string, unknown>;
  const parts = [
    text(detail),
    ...(Array.isArray(subproblems) ? subproblems.slice(0, 5) : []).map((one) =>
      text((one as { detail?: unknown } | null)?.detail)
    ),
  ].filter((part) => part !== "");
  return {
    type: text(type).startsWith(URN) ? text(type).slice(URN.length) : text(type) || "unknown",
    detail: parts.join("; ").slice(0, MAX_TEXT),
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, MAX_TEXT).replace(/\p{Cc}+/gu, " ") : "";
}

function hintOf(type: string): string {
  switch (type) {
    case "dns":
    case "connection":
    case "unauthorized":
    case "incorrectResponse":
    case "tls":
      return "the name has to lead to this node on ports 80 and 443: fazt net domain verify NAME";
    case "caa":
      return "a CAA record of the domain names other authorities only";
    case "externalAccountRequired":
      return "fazt config set acme.eabKeyId ID, then fazt net cert secret eab";
    case "invalidProfile":
      return "fazt config unset acme.profile, or name one the authority has";
    case "rejectedIdentifier":
      return "the authority gives no certificate for this name";
    default:
      return "fazt net cert list shows when it is tried again";
  }
}
