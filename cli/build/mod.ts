export { buildPlan } from "./build_plan.ts";
export { type BuildReport, prepareBuild } from "./prepare_build.ts";
