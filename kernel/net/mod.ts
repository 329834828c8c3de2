export {
  type AliasRow,
  type DomainHost,
  HostTable,
  type PreviewHost,
  type Target,
} from "./hosts.ts";
export { isPreviewLabel, previewLabel } from "./preview_label.ts";
export { RESERVED_LABELS } from "./reserved_labels.ts";
export {
  bucketCookie,
  bucketOf,
  BUCKETS,
  routeOf,
  setsBucket,
  type SplitRoute,
  withoutBucket,
} from "./split.ts";
export { TrustedProxies } from "./trusted_proxies.ts";
export {
  ACME_TLS,
  type CertificateSource,
  type ServedCertificate,
} from "./tls/certificate_source.ts";
