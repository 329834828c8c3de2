import { present } from "../../http/api/mod.ts";
import { z } from "../../lib/zod.ts";
import { appShape } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** `fazt_app_create`. */
export const createTool = defineTool({
  name: "fazt_app_create",
  title: "Create an app",
  description: "Makes an app without code, which holds its name and address. " +
    "fazt_app_deploy makes an app by itself, so this is only for a name that shall be taken first.",
  input: z.strictObject({
    name: z.string().max(63).describe("Lower-case letters, digits and hyphens"),
    title: z.string().max(200).optional(),
  }),
  output: z.object({ app: appShape }),
  annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  async run(caller, args) {
    caller.need("deploy");
    const app = await caller.services.apps.create(present(args), caller.actor);
    return { app: { ...app } };
  },
});
