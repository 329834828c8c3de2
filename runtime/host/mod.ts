export { CellRunner, type CellRunnerOptions } from "./cell_runner.ts";
export { type LogLine } from "./isolate.ts";
