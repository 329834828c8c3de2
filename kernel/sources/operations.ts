export { SOURCES_WRITES } from "./market_operations.ts";
