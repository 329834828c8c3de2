import { addNames, addVisits, forgetVisits, trimVisits } from "./visit_operations.ts";
import { visitApps, visitNames, visitReport } from "./visit_reads.ts";

/** The writes of this folder. */
export const ANALYTICS_WRITES = [addVisits, addNames, trimVisits, forgetVisits];
/** The long reads of this folder. */
export const ANALYTICS_LONG_READS = [visitReport, visitNames, visitApps];
