import type { Context, MiddlewareHandler } from "hono";
import type { DangerousRoute } from "./dangerous.ts";
import { readBytes } from "./input.ts";
import type { ApiEnv, ApiServices } from "./services.ts";

/** Most that is read of a body to see how dangerous it is; the route allows no more either. */
const MAX_BODY = 1_048_576;

/** The one place where dangerous routes ask a session for a fresh proof of who its owner is. */
export function requireProof(
  services: ApiServices,
  { method, when }: DangerousRoute,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const principal = c.get("principal");
    if (c.req.method === method && !c.get("isProven")?.()) {
      const dangerous = when === undefined ||
        await when({ params: c.req.param() as Record<string, string>, body: () => bodyOf(c) });
      if (dangerous) services.stepUp.check(principal);
    }
    await next();
  };
}

/** The JSON of a body, which stays there for the route. */
async function bodyOf(c: Context<ApiEnv>): Promise<unknown> {
  const bytes = c.get("body") ??
    await readBytes(c.req.raw, MAX_BODY, { seconds: c.env.bodySeconds });
  c.set("body", bytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The route says so, to whoever may ask it at all.
    return undefined;
  }
}
