import { serveOperations, type WorkerScope } from "./db/mod.ts";
import { LONG_READS } from "./operations.ts";

serveOperations(self as unknown as WorkerScope, "background", LONG_READS);
