import type { Settings } from "../config/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { Owner } from "./owner.ts";
import type { Principal } from "./principal.ts";

/** Whether who asks has proved lately who they are: what dangerous actions need besides a right. */
export class StepUp {
  constructor(
    private readonly deps: {
      readonly settings: Settings;
      readonly clock: Clock;
      readonly owner: Owner;
    },
  ) {}

  /**
   * Until when a principal counts as proven, Unix ms: Infinity for keys and this machine, which
   * are shown on purpose, and for an owner who has nothing to prove it with; null for not at all.
   */
  provenUntil(principal: Principal): number | null {
    const { settings, clock, owner } = this.deps;
    if (principal.kind !== "owner" || owner.methods().length === 0) return Infinity;
    const provedAt = principal.session?.provedAt ?? null;
    if (provedAt === null) return null;
    const until = provedAt + settings.get("session.stepUpMinutes") * 60_000;
    return until > clock() ? until : null;
  }

  isProven(principal: Principal): boolean {
    return this.provenUntil(principal) !== null;
  }

  /** @throws {FaztError} `STEP_UP_REQUIRED` when the proof is missing or too old. */
  check(principal: Principal): void {
    if (this.isProven(principal)) return;
    const minutes = this.deps.settings.get("session.stepUpMinutes");
    throw new FaztError(
      "STEP_UP_REQUIRED",
      `Cannot do this yet: the last proof of who you are is over ${minutes} minutes old`,
      {
        status: 403,
        hint: "prove it again with POST /api/step-up, then repeat the request",
        details: { methods: this.deps.owner.methods(), minutes },
      },
    );
  }
}
