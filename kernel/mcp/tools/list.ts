import { z } from "../../lib/zod.ts";
import { appShape } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** `fazt_app_list`. */
export const listTool = defineTool({
  name: "fazt_app_list",
  title: "List apps",
  description: "Every app of the node that you may see, with its address and served revision.",
  input: z.strictObject({}),
  output: z.object({ apps: z.array(appShape) }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  run: (caller) => ({ apps: caller.apps().map((app) => ({ ...app })) }),
});
