import type { App } from "../../apps/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import type { ApiServices } from "./services.ts";

/** A request that is made for the command line or a tool. */
export interface AppCall {
  readonly method: string;
  /** With its query; begins with `/api`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
  /** Whom the app shall take the caller for. */
  readonly user?: string | undefined;
}

/** What an app answered. */
export interface AppAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly ms: number;
  /** Finds the lines that the app logged meanwhile. */
  readonly requestId: string;
}

/**
 * Calls an app's server code as the command line does.
 * @throws {FaztError} `NOT_FOUND` for an app without server code, `INVALID` for what is no request.
 */
export async function callApp(
  services: ApiServices,
  { id, name }: Pick<App, "id" | "name">,
  call: AppCall,
): Promise<AppAnswer> {
  services.ownership.gone.admit({ appId: id, userId: call.user });
  const app = services.apps.runnable(id);
  if (app === undefined) {
    throw new FaztError("NOT_FOUND", `Cannot run ${name}: it has no server code`, {
      hint: "server code is api/main.ts or api/main.js",
    });
  }
  const began = performance.now();
  const requestId = services.newRequestId();
  const response = await services.runner.handle(app, requestOf(app.url, call), {
    requestId,
    trigger: "cli",
    userId: call.user,
  });
  const body = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    headers: [...response.headers],
    body,
    ms: Math.round((performance.now() - began) * 10) / 10,
    requestId,
  };
}

function requestOf(url: string, call: AppCall): Request {
  try {
    return new Request(new URL(call.path, url), {
      method: call.method,
      headers: call.headers,
      body: call.body ?? null,
    });
  } catch (cause) {
    throw new FaztError(
      "INVALID",
      "Cannot make this request: method, headers and body do not fit",
      { cause },
    );
  }
}
