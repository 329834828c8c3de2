export { type AccessLine, AccessLog, type AccessQuery, type Answered } from "./access_log.ts";
