/** Of a backup's id: when it was made (UTC, milliseconds) and the start of its node's id. */
const ID = /^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})-(\d{3})-[1-9a-z]{4}$/;
/** What ends the name of a backup, and of what is known of it. */
export const FILE_END = ".fbk";
/** See {@link FILE_END}. A backup without it was never finished. */
export const INFO_END = ".json";

/** Whether `text` has the form of a backup's id. */
export function isBackupId(text: string): boolean {
  return ID.test(text);
}

/**
 * The id of a backup made now, later in order than `newest` even when the clock went back.
 * @param now Unix ms
 */
export function backupId(now: number, nodeId: string, newest: string | undefined): string {
  const after = newest === undefined ? 0 : timeOf(newest) + 1;
  const [date, time] = new Date(Math.max(now, after)).toISOString().split("T");
  const clock = time!.slice(0, 12).replaceAll(":", "").replace(".", "-");
  return `${date!.replaceAll("-", "")}-${clock}-${nodeId.slice(-4)}`;
}

/** When a backup of this id was made, by its id. */
export function timeOf(id: string): number {
  const [, year, month, day, hour, minute, second, ms] = ID.exec(id)!.map(Number);
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!, ms!);
}
