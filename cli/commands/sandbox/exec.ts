import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { parseDuration } from "../../../kernel/lib/duration.ts";
import { defineCommand } from "../../command.ts";
import { readCount } from "../../read_count.ts";
import { readText } from "../../read_text.ts";
import { usageError } from "../../usage_error.ts";
import type { SandboxLine } from "../../api_types.ts";
import { styled } from "../../format.ts";
import type { Line } from "../../output.ts";
import { readCode } from "../../sandbox_code.ts";

/** The answer of `POST /api/sandbox/exec`. */
interface ExecAnswer {
  /** Absent where the code gave nothing. */
  readonly value?: unknown;
  readonly logs: readonly SandboxLine[];
  readonly ms: number;
}

/** A sandbox may take a minute, and wait for a place before it. */
const CALL_MS = 90_000;
const INPUT_HINT = "write one JSON value, such as '{\"n\": 3}' or '\"text\"'";

/** `fazt sandbox exec`. */
export const command = defineCommand({
  name: "sandbox exec",
  summary: "Run code where it has nothing but what it is given and print its value",
  group: "system",
  args: ["[file]"],
  flags: {
    eval: "the code itself, instead of a file (- reads stdin)",
    input: "JSON that the code finds as input; @FILE reads a file, @- stdin",
    app: "run it in the name of this app",
    cap: "grant of that app the code may use, as often as needed",
    timeout: "time it may take (default 5s, at most 60s)",
    memory: "MB its heap may have (default 64, at most 256)",
  },
  examples: [
    "sandbox exec -e '1 + 1'",
    "sandbox exec answer.js --input '{\"n\":3}' --timeout 10s",
    "sandbox exec - --app notes --cap storage:kv",
  ],
  async run({ args, flags, api, out, io }) {
    const code = await readCode(args.file, flags.eval, io);
    const { app, cap, timeout } = flags;
    if (cap !== undefined && app === undefined) {
      throw usageError("Cannot use --cap without --app", "a capability is a grant of an app");
    }
    const input = flags.input === undefined
      ? undefined
      : readInput(await readText(flags.input, io, INPUT_HINT));
    const json = {
      code,
      app,
      capabilities: cap,
      input,
      timeoutMs: timeout === undefined ? undefined : parseDuration(timeout),
      memoryMb: readCount(flags.memory, "--memory"),
    };
    try {
      const answer = await api.call<ExecAnswer>("POST", "/api/sandbox/exec", {
        json,
        timeoutMs: CALL_MS,
      });
      if (!out.json) out.message(...answer.logs.flatMap(logLines));
      out.result(
        answer,
        () => "value" in answer ? JSON.stringify(answer.value, null, 2).split("\n") : [],
      );
    } catch (error) {
      if (error instanceof FaztError && !out.json) {
        const { logs = [] } = (error.details ?? {}) as Partial<ExecAnswer>;
        out.message(...logs.flatMap(logLines));
      }
      throw error;
    }
  },
});

function readInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usageError("Cannot read --input: it is not JSON", INPUT_HINT);
  }
}

function logLines({ level, message }: SandboxLine): Line[] {
  const style = level === "error" ? "red" : level === "warn" ? "yellow" : "dim";
  return message.split("\n").map((text) => [styled(style, level.padEnd(5)), ` ${text}`]);
}
