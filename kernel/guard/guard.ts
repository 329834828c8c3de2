import type { Settings } from "../config/mod.ts";
import type { AnyOperation, Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { type LimitLevel, LimitNotices } from "./limit_notices.ts";
import { judge, type Mode, MODES, type Readings } from "./mode.ts";
import type { VitalSigns } from "./vital_signs.ts";

/** A mode the node entered. */
export interface ModeChange {
  readonly from: Mode;
  readonly to: Mode;
  readonly reason: string;
}

/** A limit that is at 80 % or past its end. */
export interface LimitNotice {
  readonly level: LimitLevel;
  readonly limit: string;
  /** Use as a part of the limit. */
  readonly part: number;
  /** The app whose limit it is, if it is one's. */
  readonly appId?: string;
}

/** What takes memory and can give it back, gentlest first; each tells whether there was any. */
export interface Relief {
  /** Writes down what waits, empties caches, ends what is only kept ready. */
  readonly clear: () => void;
  /** Ends the newest busy isolate. */
  readonly shed: () => boolean;
}

/** What the guard works with. */
export interface GuardDeps {
  readonly settings: Settings;
  readonly db: Database;
  readonly clock: Clock;
  readonly signs: Pick<VitalSigns, "residentBytes" | "limitBytes" | "lagMs">;
  readonly relief: Relief;
  /** How full the disk is as a part of its limit. */
  readonly disk: () => Promise<number>;
  /** The most open requests since it was last asked, as a part of their limit. */
  readonly connections: () => number;
  /** A small write, to see whether the database can be written again. */
  readonly probe: () => Promise<unknown>;
  readonly onMode: (change: ModeChange) => void;
  readonly onLimit: (notice: LimitNotice) => void;
}

/** A measure shows in resident memory only after a while, ms. */
const SETTLE_MS = 400;
/** Time that ended isolates get to give their memory back before apps are closed, ms. */
const PATIENCE_MS = 5000;
/**
 * Watches memory, event loop, disk and database, and decides how the node serves.
 * "Survival over service": what it takes away comes back by itself.
 */
export class Guard {
  #mode: Mode = "normal";
  #reason = "";
  #since: number;
  #settledAt = 0;
  #step: "clear" | "shed" | "relieved" = "clear";
  #relievedAt = 0;
  #disk = 0;
  readonly #notices: LimitNotices;

  constructor(private readonly deps: GuardDeps) {
    this.#since = deps.clock();
    this.#notices = new LimitNotices(deps.clock);
    deps.db.gate = (operation) => this.#admitWrite(operation);
  }

  /** How the node serves now, why, and since when (Unix ms). */
  get state(): { readonly mode: Mode; readonly reason: string; readonly since: number } {
    return { mode: this.#mode, reason: this.#reason, since: this.#since };
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** Whether the mode is at least as restrictive as `mode`. */
  atLeast(mode: Mode): boolean {
    return MODES.indexOf(this.#mode) >= MODES.indexOf(mode);
  }

  /** Looks at the disk; called every few seconds and after a write that found it full. */
  async checkDisk(): Promise<void> {
    this.#disk = await this.deps.disk();
    this.check();
  }

  /** Sees whether a database that failed can be written again. */
  async checkDatabase(): Promise<void> {
    if (this.deps.db.faults === 0) return;
    await this.deps.probe().catch(() => {});
    this.check();
  }

  /** Takes readings, gives memory back if it must, and enters the mode they call for. */
  check(): void {
    const { settings, signs, db } = this.deps;
    signs.limitBytes = settings.get("limits.global.memoryMb") * 1024 * 1024;
    const memory = signs.residentBytes / signs.limitBytes;
    if (memory >= 1) this.#relieve();
    else this.#step = "clear";
    this.#notice("global.memoryMb", memory);
    this.#notice("global.diskPercent", this.#disk);
    this.#notice("global.connections", this.deps.connections());
    this.#enter({
      memory,
      lagMs: signs.lagMs,
      disk: this.#disk,
      databaseFaults: db.faults,
      relieved: this.#step === "relieved" &&
        performance.now() - this.#relievedAt > PATIENCE_MS,
    });
  }

  #relieve(): void {
    const now = performance.now();
    if (now < this.#settledAt) return;
    this.#settledAt = now + SETTLE_MS;
    if (this.#step === "clear") {
      this.deps.relief.clear();
      this.#step = "shed";
    } else if (!this.deps.relief.shed()) {
      this.deps.relief.clear();
      if (this.#step !== "relieved") this.#relievedAt = performance.now();
      this.#step = "relieved";
    }
  }

  #enter(readings: Readings): void {
    const { mode, reason } = judge(readings, this.#mode);
    const from = this.#mode;
    if (mode === from) return;
    this.#mode = mode;
    this.#reason = reason;
    this.#since = this.deps.clock();
    this.deps.onMode({ from, to: mode, reason });
  }

  #notice(limit: string, part: number): void {
    const level = this.#notices.rise(limit, part);
    if (level !== undefined) this.deps.onLimit({ level, limit, part });
  }

  #admitWrite(operation: AnyOperation): void {
    if (!this.atLeast("read-only") || operation.essential) return;
    const { settings } = this.deps;
    if (this.#disk >= 0.9) {
      const percent = settings.get("limits.global.diskPercent");
      throw new FaztError("DISK_FULL", `Cannot write: ${this.#reason}`, {
        status: 507,
        hint:
          "remove an app or old files, or raise it: fazt config set limits.global.diskPercent <value>",
        details: {
          limit: "global.diskPercent",
          used: Math.round(this.#disk * percent),
          max: percent,
        },
      });
    }
    throw new FaztError("READ_ONLY", `Cannot write: ${this.#reason}`, { status: 503 });
  }
}
