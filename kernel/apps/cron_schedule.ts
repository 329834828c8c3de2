import { recurrenceFault } from "../schedule/mod.ts";

const NAMES: readonly (readonly string[])[] = [
  [],
  [],
  [],
  ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
];
const FIELDS = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12 },
  { name: "day of week", min: 0, max: 7 },
] as const;
const SHORTHANDS = [
  "@hourly",
  "@daily",
  "@midnight",
  "@weekly",
  "@monthly",
  "@yearly",
  "@annually",
];

/**
 * What is wrong with a cron schedule of five fields (POSIX crontab, with names, steps and the
 * `@daily` shorthands) or that it never comes, or undefined. Five fields cannot fire more often than
 * once a minute. The fields are read here to name the wrong one; croner has the last word.
 */
export function cronFault(schedule: string): string | undefined {
  const text = schedule.trim().toLowerCase();
  if (text.startsWith("@")) {
    return SHORTHANDS.includes(text) ? undefined : `use one of ${SHORTHANDS.join(" ")}`;
  }
  const fields = text.split(/\s+/);
  if (fields.length === 6) return "seconds are not supported: write five fields, minute first";
  if (fields.length !== 5) return 'write five fields such as "*/5 * * * *"';
  for (const [i, field] of fields.entries()) {
    const fault = fieldFault(field, i);
    if (fault) return `${FIELDS[i]!.name}: ${fault}`;
  }
  return recurrenceFault({ schedule: text, timezone: "UTC" });
}

function fieldFault(field: string, index: number): string | undefined {
  const { min, max } = FIELDS[index]!;
  for (const part of field.split(",")) {
    const match = /^(?:(\*)|([a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(
      part,
    );
    if (!match) return `"${part.slice(0, 20)}" is not *, a number, a range or a step`;
    if (match[4] !== undefined && Number(match[4]) === 0) return "a step of 0 never comes";
    if (match[1]) continue;
    const from = value(match[2]!, index);
    const to = match[3] === undefined ? from : value(match[3], index);
    if (from === undefined || to === undefined || from < min || to > max) {
      return `"${part}" is outside ${min}-${max}`;
    }
    if (from > to) return `"${part}" runs backwards`;
  }
  return undefined;
}

function value(text: string, index: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const at = NAMES[index]!.indexOf(text);
  return at < 0 ? undefined : at + FIELDS[index]!.min;
}
