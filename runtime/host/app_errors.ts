/** Each failure of an app's code that a visitor can see, and its status. */
const STATUS = {
  APP_ERROR: 500,
  APP_RESPONSE: 502,
  APP_MEMORY: 503,
  APP_BUSY: 503,
  APP_BACKOFF: 503,
  APP_STOPPED: 503,
  APP_TIMEOUT: 504,
  BODY_TOO_LARGE: 413,
  BODY_ABORTED: 400,
  BODY_TIMEOUT: 408,
} as const;

/** The code of a failure. */
export type AppErrorCode = keyof typeof STATUS;

const MESSAGE: Readonly<Record<AppErrorCode, string>> = {
  APP_ERROR: "The app failed to answer",
  APP_RESPONSE: "The app gave an answer that cannot be sent",
  APP_MEMORY: "The app ran out of memory",
  APP_BUSY: "The app has more requests than it can take",
  APP_BACKOFF: "The app keeps failing to start and is paused for a moment",
  APP_STOPPED: "The app was restarted while it answered",
  APP_TIMEOUT: "The app took too long to answer",
  BODY_TOO_LARGE: "The request is larger than the app accepts",
  BODY_ABORTED: "The request ended before its body did",
  BODY_TIMEOUT: "The request's body took too long to arrive",
};

/** Why something got no isolate at all. */
export class Refusal {
  static readonly BUSY = new Refusal("APP_BUSY", 1);
  static readonly STOPPED = new Refusal("APP_STOPPED");
  static readonly BROKEN = new Refusal("APP_ERROR");
  static readonly MEMORY = new Refusal("APP_MEMORY");

  constructor(
    readonly code: AppErrorCode,
    readonly retryAfterSeconds?: number,
  ) {}
}

/** What a failure is called for people. */
export const appErrorMessage = (code: AppErrorCode): string => MESSAGE[code];

/** The answer a visitor gets: a code and the request id, nothing of the app's inside. */
export function appErrorResponse(
  code: AppErrorCode,
  requestId: string,
  retryAfterSeconds?: number,
): Response {
  const headers: Record<string, string> = { "cache-control": "no-store" };
  if (retryAfterSeconds !== undefined) headers["retry-after"] = String(retryAfterSeconds);
  // What is left of a body that is not read must not be taken for the next request.
  if (code.startsWith("BODY_")) headers.connection = "close";
  return Response.json({ error: { code, message: MESSAGE[code], requestId } }, {
    status: STATUS[code],
    headers,
  });
}
