import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { appRef } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** `fazt_app_delete`. */
export const deleteTool = defineTool({
  name: "fazt_app_delete",
  title: "Delete an app",
  description: "Takes an app offline with its data. Ask the person first. `confirm` has to be " +
    "the app's name. The owner can bring it back for 30 days.",
  input: z.strictObject({
    app: appRef,
    confirm: z.string().max(64).optional().describe("The name of the app, to confirm"),
    keepData: z.boolean().default(false).describe("Keep what it stored for the next deploy"),
  }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    keptData: z.boolean(),
    undo: z.string().describe("What the owner types to bring it back"),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
  async run(caller, { app: ref, confirm, keepData }) {
    const app = caller.app(ref, "admin");
    if (confirm !== app.name) {
      throw new FaztError("CONFIRM", `Cannot delete "${app.name}": it is not confirmed`, {
        hint: `ask the person, then call again with confirm: ${JSON.stringify(app.name)}`,
        status: 409,
        details: { app: app.name, url: app.url },
      });
    }
    const done = await caller.services.apps.remove(app.id, { keepData }, caller.actor);
    const undo = keepData
      ? `fazt app deploy FOLDER --name ${app.name}`
      : `fazt app restore ${app.id}`;
    return { ...done, undo };
  },
});
