import { FaztError, toFaztError } from "../../lib/fazt_error.ts";
import type { ApiServices } from "./services.ts";

/** Any thrown value as the API's error envelope; what is the node's own fault says where to look. */
export function errorResponse(
  thrown: unknown,
  { onError }: Pick<ApiServices, "onError">,
  requestId: string,
): Response {
  const error = toFaztError(thrown);
  if (error.status >= 500 && !(thrown instanceof FaztError)) onError(thrown, requestId);
  const body = error.status >= 500 ? { ...error.toBody(), requestId } : error.toBody();
  const { retryAfter } = (error.details ?? {}) as { readonly retryAfter?: unknown };
  return Response.json({ error: body }, {
    status: error.status,
    headers: typeof retryAfter === "number" ? { "retry-after": String(retryAfter) } : {},
  });
}
