import { FaztError } from "../lib/fazt_error.ts";
import { isNetError, netError } from "./errors.ts";
import { headerOf, withoutBody, withoutCredentials } from "./headers.ts";
import type { Leg, LegAnswer } from "./leg.ts";
import { sameOrigin, type Target, targetOf } from "./target.ts";

/** Redirects that are followed at most. */
export const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The answer at the end of the redirects. */
export interface Journey {
  readonly answer: LegAnswer;
  readonly redirected: boolean;
}

/** Sends a leg and, if asked to, whatever it is redirected to. */
export async function follow(
  first: Leg,
  mode: "follow" | "error" | "manual",
  send: (leg: Leg) => Promise<LegAnswer>,
): Promise<Journey> {
  let leg = first;
  for (let n = 0;; n++) {
    const answer = await send(leg);
    const location = headerOf(answer.headers, "location");
    if (!REDIRECTS.has(answer.status) || location === undefined || mode === "manual") {
      return { answer, redirected: n > 0 };
    }
    answer.finish(0);
    answer.destroy();
    const { host } = leg.target;
    if (mode === "error") {
      throw netError("NET_ERROR", "it redirects, and that was not wanted", {
        host,
        details: { reason: "redirect" },
      });
    }
    if (n === MAX_REDIRECTS) {
      throw netError("NET_LIMIT", `it redirects more than ${MAX_REDIRECTS} times`, {
        host,
        details: { limit: "redirects", max: MAX_REDIRECTS },
      });
    }
    leg = nextLeg(leg, answer.status, location);
  }
}

/** The leg after a redirect, by the rules of the Fetch standard (HTTP-redirect fetch). */
function nextLeg(leg: Leg, status: number, location: string): Leg {
  const target = whereTo(leg, location);
  const same = sameOrigin(leg.target, target);
  const becomesGet = (status <= 302 && leg.method === "POST") ||
    (status === 303 && leg.method !== "GET" && leg.method !== "HEAD");
  const body = becomesGet ? undefined : leg.body;
  if (body && !body.replayable) {
    throw netError("NET_ERROR", "it asks for the body again, and that was a stream", {
      host: leg.target.host,
      details: { reason: "redirect" },
    });
  }
  const headers = becomesGet ? withoutBody(leg.headers) : leg.headers;
  return {
    ...leg,
    target,
    method: becomesGet ? "GET" : leg.method,
    body,
    headers: same ? headers : withoutCredentials(headers),
    auth: same ? leg.auth : undefined,
  };
}

function whereTo(leg: Leg, location: string): Target {
  try {
    // Header bytes came one a character; what servers write there is UTF-8.
    const text = new TextDecoder().decode(Uint8Array.from(location, (c) => c.charCodeAt(0)));
    const target = targetOf(text, leg.target.url);
    return { ...target, url: leg.auth?.clean(target.url) ?? target.url };
  } catch (error) {
    if (isNetError(error) || !(error instanceof FaztError)) throw error;
    throw netError("NET_ERROR", "it redirects to what is no URL", {
      host: leg.target.host,
      details: { reason: "redirect" },
    });
  }
}
