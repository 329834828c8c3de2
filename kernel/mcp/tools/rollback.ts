import { z } from "../../lib/zod.ts";
import { appRef, appShape, revisionShape } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** `fazt_app_rollback`. */
export const rollbackTool = defineTool({
  name: "fazt_app_rollback",
  title: "Roll an app back",
  description: "Serves an earlier revision again. Every revision is kept, so a roll-back can " +
    "itself be undone; what the app stored stays as it is.",
  input: z.strictObject({
    app: appRef,
    revision: z.int().min(1).optional().describe("Default: the one before the served one"),
  }),
  output: z.object({ app: appShape, revision: revisionShape, revisions: z.array(revisionShape) }),
  annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  async run(caller, { app: ref, revision }) {
    const { id } = caller.app(ref, "deploy");
    const { apps } = caller.services;
    const done = await apps.rollback(id, revision, caller.actor);
    return {
      app: { ...done.app },
      revision: { ...done.revision },
      revisions: apps.revisions(id).slice(0, 20).map((one) => ({ ...one })),
    };
  },
});
