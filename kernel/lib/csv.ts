/** What one cell of a table may hold. */
export type CsvCell = string | number | boolean | null | undefined;

/**
 * One line of CSV (RFC 4180), its end included. What a spreadsheet would run as a formula gets an
 * apostrophe before it (OWASP, CSV Injection); numbers of our own stay numbers.
 */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(cellOf).join(",")}\r\n`;
}

function cellOf(cell: CsvCell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell !== "string") return String(cell);
  // A NUL ends the text for many readers; lone surrogates are not UTF-8.
  const text = cell.toWellFormed().replaceAll("\0", "\ufffd");
  const safe = /^[\s]*[=+\-@\t\r|%]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
