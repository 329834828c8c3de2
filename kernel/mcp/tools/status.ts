import { z } from "../../lib/zod.ts";
import { defineTool } from "../tool.ts";

/** Limits that whoever builds an app has to know. */
const LIMITS = [
  "limits.deploy.entries",
  "limits.vfs.fileMb",
  "limits.vfs.appMb",
  "limits.request.bodyMb",
  "limits.runtime.seconds",
  "limits.runtime.heapMb",
  "limits.runtime.moduleMb",
] as const;

/** `fazt_system_status`. */
export const statusTool = defineTool({
  name: "fazt_system_status",
  title: "Status of the node",
  description: "Version, mode, address and limits of the node, and what your key may do.",
  input: z.strictObject({}),
  output: z.object({
    version: z.string(),
    mode: z.string(),
    modeReason: z.string(),
    url: z.string(),
    uptimeMs: z.number(),
    apps: z.number().describe("Apps that you may see"),
    memory: z.looseObject({ rss: z.number() }),
    runner: z.looseObject({ isolates: z.number() }),
    limits: z.record(z.string(), z.unknown()),
    caller: z.object({ name: z.string(), scopes: z.array(z.string()) }),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  run(caller) {
    caller.need("read");
    const { services, principal } = caller;
    const { mode, reason } = services.mode();
    const { rss, heapUsed } = Deno.memoryUsage();
    return {
      version: services.version,
      mode,
      modeReason: reason,
      url: services.baseUrl(),
      uptimeMs: services.clock() - services.startedAt,
      apps: caller.apps().length,
      memory: { rss, heapUsed },
      runner: { ...services.runner.totals() },
      limits: Object.fromEntries(LIMITS.map((key) => [key, services.settings.get(key)])),
      caller: { name: principal.name, scopes: [...principal.scopes] },
    };
  },
});
