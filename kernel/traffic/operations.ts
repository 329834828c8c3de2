import { addTraffic, trimTraffic } from "./traffic_operations.ts";

/** The writes of this folder. */
export const TRAFFIC_WRITES = [addTraffic, trimTraffic];
