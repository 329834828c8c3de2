import { defineCommand } from "../../command.ts";
import { readText } from "../../read_text.ts";
import { usageError } from "../../usage_error.ts";

const JSON_HINT = "write one JSON value, such as '{\"id\": 1}' or '\"text\"'";

/** `fazt events emit`. */
export const command = defineCommand({
  name: "events emit",
  summary: "Emit an event in the name of an app",
  group: "system",
  args: ["<app>", "<type>"],
  flags: {
    data: "what it carries, as JSON; @FILE reads a file, @- stdin",
    persist: "keep it, so that events list shows it",
  },
  examples: [
    "events emit shop order.completed -d '{\"id\":7}'",
    "events emit shop opened --persist",
  ],
  async run(ctx) {
    const { args, flags, api, out, io } = ctx;
    const data = flags.data === undefined
      ? undefined
      : readJson(await readText(flags.data, io, JSON_HINT));
    const emitted = await api.post<{ readonly id: string }>("/api/events", {
      app: await ctx.appRef(args.app),
      type: args.type,
      data,
      ...flags.persist ? { persist: true } : {},
    });
    out.result(emitted, () => [`${args.type} of ${args.app} is emitted: ${emitted.id}`]);
  },
});

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usageError("Cannot read --data: it is not JSON", JSON_HINT);
  }
}
