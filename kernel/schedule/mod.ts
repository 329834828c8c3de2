export { closestTimes, lastTime, nextTime, type Recurrence, recurrenceFault } from "./next_time.ts";
