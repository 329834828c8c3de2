// Reads code for sandboxes away from the kernel's thread: it is hostile, and long where it wants.
import { Script } from "node:vm";
import type { CheckAnswer, CheckQuestion } from "./protocol.ts";
import { readProgram } from "./program.ts";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<CheckQuestion>) => void;
  postMessage(message: CheckAnswer): void;
  check?: () => CheckAnswer["result"];
};
const check = new Script("check()");

scope.onmessage = ({ data: { id, code, timeout } }) => {
  scope.check = () => readProgram(code);
  try {
    // The one way by which V8 ends what takes too long.
    scope.postMessage({ id, result: check.runInThisContext({ timeout }) });
  } catch {
    scope.postMessage({ id, result: "timeout" });
  }
};
