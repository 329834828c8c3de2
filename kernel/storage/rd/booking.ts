import type { Connection } from "../../db/mod.ts";
import { addUsage, assertRoom, type Owner, quotaError, usageOf } from "../usage.ts";
import type { Growth } from "./confined.ts";

/** Whose rows change, and what they may take. */
export interface Booking {
  readonly owner: Owner;
  /** `limits.storage.rd.rows` */
  readonly rows: number;
  /** `limits.storage.appMb` */
  readonly appMb: number;
}

/** Books what rows grew by; part of their transaction. @throws {FaztError} `QUOTA`. */
export function book(db: Connection, { owner, rows, appMb }: Booking, growth: Growth): void {
  if (growth.rows > 0) {
    const used = usageOf(db, owner.appId, "rd").entries;
    if (used + growth.rows > rows) throw quotaError("storage.rd.rows", used, rows);
  }
  assertRoom(db, owner.appId, { grow: growth.bytes, maxMb: appMb });
  addUsage(db, owner, { pillar: "rd", entries: growth.rows, bytes: growth.bytes });
}
