/**
 * How the node serves, from everything to almost nothing. What happens in each is in
 * `koder/specs/guard.md`.
 */
export const MODES = ["normal", "degraded", "read-only", "cockpit-only", "emergency"] as const;
export type Mode = (typeof MODES)[number];

/** What the node sees of itself. */
export interface Readings {
  /** Memory of the process as a part of `limits.global.memoryMb`; 1 is the limit. */
  readonly memory: number;
  /** How late the kernel's event loop runs, ms. */
  readonly lagMs: number;
  /** The fuller of disk and database file, as a part of what is allowed; 1 is the limit. */
  readonly disk: number;
  /** Writes in a row that the database could not do. */
  readonly databaseFaults: number;
  /** Whether everything that memory can be taken from has been ended. */
  readonly relieved: boolean;
}

/** Why a mode was entered, for people. */
export interface Judgement {
  readonly mode: Mode;
  readonly reason: string;
}

/** A mode that was entered is left only when the reading is this much below its threshold. */
const SLACK = 0.9;
const LAG_MS = 500;
const FAULTS = 3;

const percent = (part: number) => `${Math.round(part * 100)} %`;

/**
 * The mode these readings call for. `current` makes leaving harder than entering, so that a
 * reading on the line does not flap.
 */
export function judge(readings: Readings, current: Mode): Judgement {
  const { memory, lagMs, disk, databaseFaults, relieved } = readings;
  const over = (value: number, threshold: number, mode: Mode) =>
    value >= threshold * (MODES.indexOf(current) >= MODES.indexOf(mode) ? SLACK : 1);
  if (databaseFaults >= FAULTS) {
    return {
      mode: "emergency",
      reason: `the database refused ${databaseFaults} writes in a row`,
    };
  }
  if (memory >= 2 && relieved) {
    return { mode: "emergency", reason: `memory is at ${percent(memory)} of its limit` };
  }
  if (over(memory, 1, "cockpit-only") && (relieved || current === "cockpit-only")) {
    return {
      mode: "cockpit-only",
      reason: `memory is at ${percent(memory)} of its limit with every app ended`,
    };
  }
  if (over(disk, 1, "read-only")) {
    return { mode: "read-only", reason: `the disk is at ${percent(disk)} of what may be used` };
  }
  if (over(memory, 1, "degraded")) {
    return { mode: "degraded", reason: `memory is at ${percent(memory)} of its limit` };
  }
  if (over(lagMs, LAG_MS, "degraded")) {
    return { mode: "degraded", reason: `the event loop is ${Math.round(lagMs)} ms late` };
  }
  return { mode: "normal", reason: "" };
}
