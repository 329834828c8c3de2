import { FaztError } from "../lib/fazt_error.ts";
import { nearest } from "../lib/nearest.ts";

/** Who asks, once it has proved who it is. */
export interface Principal {
  readonly kind: "owner" | "local" | "key";
  /** `usr_…`, or the id of the key. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Of an `owner`: what is known of the sign-in. */
  readonly session?: SessionState;
}

/** A sign-in, as far as what it may do depends on it. Times are Unix ms. */
export interface SessionState {
  readonly id: string;
  /** Which of its tokens came: the one it has, the one it is to get, the one it had. */
  readonly slot: "current" | "next" | "previous";
  readonly method: "link" | "password" | "passkey";
  readonly expiresAt: number;
  readonly rotatedAt: number;
  /** When the owner last proved who they are, as far as this token knows. */
  readonly provedAt: number | null;
}

/** What a route needs. */
export interface Need {
  readonly scope: "admin" | "deploy" | "read";
  /** The app it concerns, when it concerns one. */
  readonly app?: { readonly id: string; readonly name: string };
  /** Asked by a tool of `/mcp`: there, and only there, the scope `mcp` opens everything. */
  readonly tool?: boolean;
}

/** Scopes without an app. */
const PLAIN = ["admin", "deploy", "read", "mcp"];

/**
 * Checks that a text is a scope.
 * @throws {FaztError} `INVALID` naming the nearest one.
 */
export function checkScope(text: string): string {
  if (PLAIN.includes(text) || /^deploy:[a-zA-Z0-9_-]{1,64}$/.test(text)) return text;
  const near = nearest(text, PLAIN);
  throw new FaztError("INVALID", `There is no scope ${JSON.stringify(text.slice(0, 80))}`, {
    hint: near ? `did you mean ${near}?` : `scopes are ${PLAIN.join(", ")} and deploy:<app>`,
  });
}

/** The one place where a principal's right to do something is decided. */
export function isAllowed(principal: Principal, need: Need): boolean {
  const has = (scope: string) => principal.scopes.includes(scope);
  if (has("admin") || (need.tool && has("mcp"))) return true;
  if (need.scope === "admin") return false;
  if (has("deploy")) return true;
  const { app } = need;
  if (app && (has(`deploy:${app.id}`) || has(`deploy:${app.name}`))) return true;
  return need.scope === "read" && has("read");
}

/** @throws {FaztError} `FORBIDDEN` when the principal may not. */
export function authorize(principal: Principal, need: Need): void {
  if (isAllowed(principal, need)) return;
  const what = need.app ? `${need.scope} ${need.app.name}` : need.scope;
  throw new FaztError("FORBIDDEN", `Cannot do this: the credential does not allow "${what}"`, {
    hint: "fazt server create-key NAME --scope SCOPE makes a key that does",
  });
}

/** The one answer to a missing, wrong, expired or revoked credential. */
export function unauthorized(): FaztError {
  return new FaztError("UNAUTHORIZED", "Cannot do this: a valid credential is needed", {
    hint: "sign in, or send Authorization: Bearer <key>",
  });
}
