import type { ValueCodec } from "../../kernel/lib/value_codec.ts";
import type { FromGuest, GuestError } from "./protocol.ts";

/** What {@link createSandboxRun} needs. */
export interface SandboxRunDeps {
  readonly codec: ValueCodec;
  readonly describe: (thrown: unknown) => GuestError;
  readonly send: (message: FromGuest) => void;
  /** Characters the result's text may have. */
  readonly maxLength: number;
}

/**
 * Runs the code of a sandbox once and says what came of it.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createSandboxRun(
  { codec, describe, send, maxLength }: SandboxRunDeps,
): (id: number, program: () => Promise<unknown>) => Promise<void> {
  return async (id, program) => {
    let value: unknown;
    try {
      value = await program();
    } catch (error) {
      return send(["thrown", id, "error", describe(error)]);
    }
    let text: string | null;
    try {
      text = value === undefined ? null : codec.encode(value);
    } catch (error) {
      return send(["thrown", id, "value", describe(error)]);
    }
    if (text === null || text.length <= maxLength) return send(["value", id, text]);
    send(["thrown", id, "size", { message: String(text.length), stack: "" }]);
  };
}
