import { vfsPath } from "../../fs/mod.ts";
import { present } from "../../http/api/mod.ts";
import { z } from "../../lib/zod.ts";
import { bytesOf } from "../content.ts";
import { deployStored } from "../deployed.ts";
import { contentInput, deployedShape } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** `fazt_app_deploy`. */
export const deployTool = defineTool({
  name: "fazt_app_deploy",
  title: "Deploy an app",
  description:
    "Puts files online as the next revision of an app, and makes the app if there is none. " +
    "The files are the whole app: what is not sent is not in the new revision (use fazt_app_edit " +
    "to change a few files). index.html and other files are served as they are; api/main.ts or " +
    "api/main.js answers every request under /api; app.json names the app and asks for " +
    "permissions. TypeScript in api/ is built by the node. Returns the address to visit.",
  input: z.strictObject({
    app: z.string().min(1).max(64).describe("Name or id; a new name makes a new app"),
    files: z.array(z.strictObject({
      path: z.string().max(4096).describe("Such as index.html or api/main.ts"),
      ...contentInput,
    })).min(1).max(2000),
    message: z.string().max(1000).optional().describe("A note on this revision"),
    preview: z.boolean().optional().describe("Only preview it; visitors keep what they have"),
  }),
  output: deployedShape,
  annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  async run(caller, { app: ref, files, message, preview }) {
    const found = caller.deployTarget(ref);
    const read = files.map((file) => ({ path: vfsPath(file.path), bytes: bytesOf(file) }));
    const stored = [];
    for (const { path, bytes } of read) {
      stored.push({ path, ...await caller.services.vfs.putBytes(bytes) });
    }
    return await deployStored(caller, {
      ...(found ? { app: found.id } : { name: ref }),
      ...present({ message, preview }),
      files: stored,
    });
  },
});
