export { AppTraffic } from "./app_traffic.ts";
export { Traffic, type TrafficDeps, type TrafficInfo } from "./traffic.ts";
