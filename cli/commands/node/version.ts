import { defineCommand } from "../../command.ts";
import { VERSION } from "../../version.ts";

/** `fazt version`. */
export const command = defineCommand({
  name: "version",
  summary: "Show the version of fazt and of what it runs on",
  group: "node",
  local: "it tells of this program; status tells that node's version",
  flags: { version: "the same, as a flag" },
  run({ out }) {
    const data = {
      version: VERSION,
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      target: Deno.build.target,
    };
    out.result(data, () => [`fazt ${VERSION} (Deno ${data.deno}, ${data.target})`]);
  },
});
