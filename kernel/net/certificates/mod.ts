export type { OrderBudget } from "./order_gate.ts";
export type { AuthorityInfo } from "./local_authority.ts";
export type { CertificateSecret, SecretChanges } from "./certificate_keys.ts";
export { Certificates, type CertificatesDeps } from "./certificates.ts";
export { wordsOf } from "./acme_settings.ts";
export { isPrivateName, isWithin } from "./server_name.ts";
export {
  type Attention,
  type CertificateInfo,
  type CertificateNote,
  type CertificateOverview,
  REVOCATION_REASONS,
  type RevocationReason,
  type WaitingName,
} from "./shapes.ts";
