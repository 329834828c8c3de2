import { Cron } from "croner";

/** Whether a text is a cron schedule of five fields (or a nickname such as `@daily`) that ever comes. */
export function isCronText(text: string): boolean {
  try {
    return new Cron(text.trim(), { mode: "5-part" }).nextRun() !== null;
  } catch {
    return false;
  }
}
