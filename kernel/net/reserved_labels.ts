/** Host labels that belong to the node or to the DNS itself; no app can have them. */
export const RESERVED_LABELS: ReadonlySet<string> = new Set([
  "admin",
  "root",
  "404",
  "www",
  "api",
  "mail",
  "ftp",
  "smtp",
  "pop",
  "imap",
  "ns1",
  "ns2",
  "localhost",
  "_acme-challenge",
]);
