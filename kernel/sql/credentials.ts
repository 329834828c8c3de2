/** Tables that say who may do what, or what the node runs: `fazt sql` never changes them. */
const GUARDED = new Set([
  "settings",
  "upgrades",
  "keys",
  "sessions",
  "owner_links",
  "passwords",
  "one_time_codes",
  "recovery_codes",
  "passkeys",
  "sign_in_failures",
  "node",
  "node_keys",
  "secrets",
  "certificates",
  "acme_accounts",
  "certificate_authorities",
  "domains",
  "peers",
  "activity",
  "migrations",
]);

/** Columns that hold credentials, or what opens them, by table. */
const HIDDEN: Readonly<Record<string, readonly string[]>> = {
  node: ["value"],
  node_keys: ["key", "salt"],
  app_env: ["value"],
};

/** Names no column has but for a credential, in whatever table is added later. */
const CREDENTIAL =
  /^(.*_)?(hash|token|tokens|secret|sealed|salt|password|private_key|credential|credentials)$/i;

/** Whether a table is one of an app: what is in it is the app's. */
export const isOfApp = (table: string): boolean => /^rdv?_[1-9a-z]{12}$/.test(table);

/** Whether a column is shown as NULL: whoever asks over the network does not get credentials. */
export function isHidden(table: string, column: string): boolean {
  if (isOfApp(table)) return false;
  return HIDDEN[table.toLowerCase()]?.includes(column.toLowerCase()) === true ||
    CREDENTIAL.test(column);
}

/** Whether a statement may change rows of a table. */
export function isWritable(table: string): boolean {
  return !GUARDED.has(table.toLowerCase()) && !/^(sqlite|rdv?|storage)_/i.test(table);
}
