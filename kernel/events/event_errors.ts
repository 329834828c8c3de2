import { FaztError } from "../lib/fazt_error.ts";

/** An app emits faster than it may. */
export function tooFast(type: string, max: number): FaztError {
  return new FaztError("RATE_LIMITED", `Cannot emit ${type}: ${max} events a second are allowed`, {
    hint: "the owner can raise it: fazt config set limits.events.perSecond <value>",
    details: { limit: "events.perSecond", used: max, max },
  });
}

/** An app listens to as many patterns as it may. */
export function tooManyPatterns(pattern: string, used: number, max: number): FaztError {
  return new FaztError(
    "EVENTS_LIMIT",
    `Cannot listen to ${pattern}: limits.events.subscriptions is ${max}, in use ${used}`,
    {
      hint: "the owner can raise it: fazt config set limits.events.subscriptions <value>",
      status: 429,
      details: { limit: "events.subscriptions", used, max },
    },
  );
}

/** No approved grant covers the pattern. */
export function notGranted(pattern: string, name: string | undefined): FaztError {
  const grant = `events:subscribe:${pattern}`;
  return new FaztError("PERMISSION", `Cannot listen to ${pattern}: ${grant} is not granted`, {
    hint: 'add it to "permissions" in app.json, then: fazt app grants approve ' +
      `${name ?? "<app>"} ${grant}`,
    status: 403,
    details: { grant },
  });
}

/** A subscriber has as many events waiting as it may. */
export function queueFull(used: number, max: number): FaztError {
  return new FaztError(
    "EVENTS_LIMIT",
    `Cannot emit: ${used} events already wait for an app that listens to this one`,
    {
      hint: "emit less often, or let the owner see why that app does not keep up",
      status: 429,
      details: { limit: "events.queue", used, max },
    },
  );
}
