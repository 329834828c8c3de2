import { callApp } from "../../http/api/mod.ts";
import { z } from "../../lib/zod.ts";
import { show } from "../content.ts";
import { requestLines } from "../log_lines.ts";
import { appRef, lineShape } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** Most bytes of an answer that are shown. */
const MAX_BODY = 262_144;

/** `fazt_app_run`. */
export const runTool = defineTool({
  name: "fazt_app_run",
  title: "Call an app",
  description:
    "Sends a request to an app's server code and gives the answer with what the app logged " +
    "meanwhile: errors come with their stack. The way to test an app after a deploy.",
  input: z.strictObject({
    app: appRef,
    method: z.string().regex(/^[A-Z]{1,16}$/, "must be such as GET").default("GET"),
    path: z.string().max(8192).regex(/^\/api(?:[/?]|$)/, "must begin with /api").default("/api"),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().optional().describe("Text of the body; JSON goes here as text"),
  }),
  output: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    text: z.string().optional(),
    base64: z.string().optional(),
    truncated: z.boolean(),
    ms: z.number(),
    requestId: z.string(),
    logs: z.array(lineShape),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  untrusted: true,
  async run(caller, { app: ref, ...call }) {
    const app = caller.app(ref, "deploy");
    const answer = await callApp(caller.services, app, call);
    const { text, base64 } = show(answer.body.subarray(0, MAX_BODY));
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      ...(text === undefined ? { base64: base64! } : { text }),
      truncated: answer.body.length > MAX_BODY,
      ms: answer.ms,
      requestId: answer.requestId,
      logs: await requestLines(caller, { appId: app.id, requestId: answer.requestId }),
    };
  },
});
