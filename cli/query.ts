/** The query of a path: `?a=1&b=2`, without what is undefined; empty when nothing is left. */
export function queryOf(fields: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(fields).filter((entry): entry is [string, string] =>
    entry[1] !== undefined
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** Whose a row is: its app by name, by id where the app has gone, or every app's. */
export function ownerOf(row: { readonly app?: string; readonly appId?: string }): string {
  return row.app ?? row.appId ?? "every app";
}
