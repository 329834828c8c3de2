import type { App, DeployDone, DeployInput } from "../apps/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { z } from "../lib/zod.ts";
import type { Caller } from "./caller.ts";
import type { deployedShape } from "./shapes.ts";

/** Deploys files whose blobs are stored, and says what can be done now. */
export async function deployStored(
  { services, actor }: Caller,
  input: DeployInput,
): Promise<z.input<typeof deployedShape>> {
  const done = await services.apps.deploy({ source: "mcp", ...input }, actor);
  if ("missing" in done) {
    throw new FaztError("BLOB_MISSING", "Cannot deploy: content went away meanwhile", {
      hint: "try again",
      status: 409,
    });
  }
  return {
    ...done,
    app: { ...done.app },
    revision: { ...done.revision },
    warnings: [...done.warnings],
    next: nextSteps(done),
  };
}

function nextSteps({ app, grants, previous, preview, unchanged }: DeployDone): string[] {
  return [
    ...grantStep(app, grants.pending),
    ...(app.hasServer ? ["call its server code with fazt_app_run"] : []),
    ...(preview
      ? [`visitors still get what they got: look at ${preview.url}, then deploy without preview`]
      : []),
    ...(previous !== undefined && !unchanged && !preview
      ? [`fazt_app_rollback serves revision ${previous} again`]
      : []),
  ];
}

/** What an app asks for and does not get until its owner says so. */
function grantStep({ name }: App, pending: readonly string[]): string[] {
  if (pending.length === 0) return [];
  return [
    `the owner has to approve ${pending.join(", ")} before the app can use it: ` +
    `fazt app grants approve ${name}`,
  ];
}
