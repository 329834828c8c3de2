import { serveOperations, type WorkerScope } from "./db/mod.ts";
import { WRITES } from "./operations.ts";

serveOperations(self as unknown as WorkerScope, "writer", WRITES);
