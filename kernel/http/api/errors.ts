import { FaztError, toFaztError } from "../../lib/fazt_error.ts";

/** Any thrown value as the API's error envelope. */
export function errorResponse(thrown: unknown, onError: (error: unknown) => void): Response {
  const error = toFaztError(thrown);
  if (error.status >= 500 && !(thrown instanceof FaztError)) onError(thrown);
  return Response.json({ error: error.toBody() }, { status: error.status });
}
