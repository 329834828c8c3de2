import type { Erased } from "../../api_types.ts";
import { apiPath, TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { traceLines } from "../../forgotten_lines.ts";

/** `fazt user anonymise`. */
export const command = defineCommand({
  name: "user anonymise",
  summary: "Keep a person's rows as a stranger's: nothing leads from them to the person",
  group: "system",
  args: ["<user>"],
  examples: ["user anonymise usr_7yc3abcdefgh --yes"],
  async run({ args, api, out, prompt }) {
    await prompt.agree(
      `Cut every row of ${args.user} on ${api.target.name} from them? It cannot be undone`,
    );
    const done = await api.call<Erased>("POST", apiPath`/api/users/${args.user}/anonymise`, {
      timeoutMs: TRANSFER_MS,
      json: {},
    });
    out.result(done, () => ["The person's rows are a stranger's now", ...traceLines(done)]);
  },
});
