import { Secret, TOTP } from "otpauth";

/** Seconds a code is for (RFC 6238 §5.2). */
const PERIOD = 30;
/** Steps a clock may be off, either way. */
const WINDOW = 1;
/** 160 bits (RFC 4226 §4). */
const SECRET_BYTES = 20;

/** A new secret in base32, as authenticators take it. */
export function newCodeSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** What authenticators read from a QR code. */
export function codeUri(secret: string, label: string): string {
  return totp(secret, label).toString();
}

/**
 * The time step (RFC 6238 §4.2) a code is of, or undefined where it is of none near `at` (Unix ms).
 * The caller sees to it that a step counts once.
 */
export function codeStep(secret: string, code: string, at: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const delta = totp(secret).validate({ token: code, timestamp: at, window: WINDOW });
  return delta === null ? undefined : Math.floor(at / 1000 / PERIOD) + delta;
}

function totp(secret: string, label = "owner"): TOTP {
  return new TOTP({
    issuer: "Fazt",
    label,
    algorithm: "SHA1",
    digits: 6,
    period: PERIOD,
    secret: Secret.fromBase32(secret),
  });
}
