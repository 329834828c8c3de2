import { forgetAppStep } from "./app_operations.ts";
import { markPerson, trimErasures, unmarkPerson } from "./erasure_operations.ts";
import { findRows, finishPerson, forgetRows, settleUsage } from "./person_operations.ts";
import { listPeople, pageOfRows, tablesOfPerson } from "./read_operations.ts";
import { releasePages, truncateLog } from "./scrub_operations.ts";

export { forgetApp, forgetSomeOfApp } from "./app_operations.ts";

/** The writes of this folder. */
export const OWNERSHIP_WRITES = [
  finishPerson,
  forgetAppStep,
  forgetRows,
  markPerson,
  releasePages,
  settleUsage,
  trimErasures,
  truncateLog,
  unmarkPerson,
];

/** The long reads of this folder. */
export const OWNERSHIP_LONG_READS = [findRows, listPeople, pageOfRows, tablesOfPerson];
