import type { CertificateSecret } from "./certificate_keys.ts";
import type { OrderBudget } from "./order_gate.ts";

/** A name that waits for its next attempt. */
export interface WaitingName {
  readonly name: string;
  /** In a row. */
  readonly failures: number;
  /** When the last one was, and when the next may be. */
  readonly at: number;
  readonly nextAt: number;
  readonly code: string;
  readonly message: string;
}

/** A certificate as owners see it: without its key. */
export interface CertificateInfo {
  readonly name: string;
  readonly names: readonly string[];
  readonly directory: string;
  /** `due`: it should have been renewed by now. */
  readonly state: "valid" | "due" | "expired" | "revoked";
  readonly serial: string;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly renewAt: number;
  /** Who says when: the authority (RFC 9773) or its lifetime. */
  readonly renewBy: "ari" | "lifetime";
  readonly profile?: string;
  readonly createdAt: number;
  /** Why the last attempt to renew it failed. */
  readonly problem?: WaitingName;
}

/** Something about certificates that the owner should look at. */
export interface Attention {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly target: string;
  readonly at: number;
}

/** Everything about certificates at a glance. */
export interface CertificateOverview {
  readonly issuer: {
    readonly kind: "auto" | "acme" | "local";
    readonly directory: string;
    readonly email?: string;
    readonly profile?: string;
    readonly dns?: string;
    readonly account?: { readonly url: string; readonly createdAt: number };
    readonly budget: OrderBudget;
    readonly secrets: Readonly<Record<CertificateSecret, boolean>>;
  };
  readonly certificates: readonly CertificateInfo[];
  readonly waiting: readonly WaitingName[];
  readonly attention: readonly Attention[];
}

/** Why a certificate is revoked (RFC 5280 §5.3.1), as far as subscribers may say. */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  superseded: 4,
  cessationOfOperation: 5,
} as const;

/** See {@link REVOCATION_REASONS}. */
export type RevocationReason = keyof typeof REVOCATION_REASONS;

/** Something that happened to a certificate: an event and a row of the activity log. */
export interface CertificateNote {
  readonly type: "issued" | "renewed" | "revoked" | "failed" | "expiring";
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}
