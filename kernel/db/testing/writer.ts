import { serveOperations, type WorkerScope } from "../mod.ts";
import { fate, TEST_OPERATIONS } from "./operations.ts";

const scope = self as unknown as WorkerScope;
const mortal: WorkerScope = {
  onmessage: null,
  postMessage(message) {
    if (fate.dying) queueMicrotask(() => Promise.reject(new Error("the worker died")));
    else scope.postMessage(message);
  },
  close: () => scope.close(),
};
serveOperations(mortal, "writer", TEST_OPERATIONS);
scope.onmessage = (event) => mortal.onmessage?.(event);
