import { FaztError, toFaztError } from "../../lib/fazt_error.ts";

/** Any thrown value as the API's error envelope. */
export function errorResponse(thrown: unknown, onError: (error: unknown) => void): Response {
  const error = toFaztError(thrown);
  if (error.status >= 500 && !(thrown instanceof FaztError)) onError(thrown);
  const { retryAfter } = (error.details ?? {}) as { readonly retryAfter?: unknown };
  return Response.json({ error: error.toBody() }, {
    status: error.status,
    headers: typeof retryAfter === "number" ? { "retry-after": String(retryAfter) } : {},
  });
}
