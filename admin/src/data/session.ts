import { computed, signal } from "@preact/signals";
import { type ApiError, call, challenges } from "./api.ts";
import { forgetAll, reloadAll } from "./query.ts";

/** Who is signed in (`GET /api/session`). */
export interface Session {
  readonly kind: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly sessionId?: string;
  readonly expiresAt?: number;
  /** False: neither a password nor a passkey is set yet. */
  readonly credentials?: boolean;
  /** Ways to prove again who it is. */
  readonly methods?: readonly string[];
}

/** Which ways to sign in are set up (`GET /api/sign-in`). */
export interface SignInWays {
  readonly password: boolean;
  readonly passkeys: boolean;
  readonly link: boolean;
}

/** `undefined`: not asked yet; `null`: nobody. */
export const session = signal<Session | null | undefined>(undefined);
/** Somebody was signed in here and no longer is. */
export const expired = signal(false);
/** Asked for another proof; answer it once. */
export const stepUp = signal<
  { readonly methods: readonly string[]; readonly answer: (proved: boolean) => void } | undefined
>(undefined);

/** Whether the caller may change everything. */
export const isAdmin = computed(() => session.value?.scopes.includes("admin") ?? false);

challenges.signedOut = () => {
  if (session.value) expired.value = true;
  else session.value = null;
};
challenges.stepUp = (error: ApiError) => {
  const { methods = [] } = (error.details ?? {}) as { methods?: readonly string[] };
  stepUp.value?.answer(false);
  return new Promise((resolve) => {
    stepUp.value = {
      methods,
      answer: (proved) => {
        stepUp.value = undefined;
        resolve(proved);
      },
    };
  });
};

/** Asks who is signed in. */
export async function loadSession(): Promise<void> {
  session.value = await call<Session>("GET", "/api/session");
  expired.value = false;
}

/** Takes a session that was just begun. */
export async function signedIn(): Promise<void> {
  const again = expired.value;
  await loadSession();
  if (again) reloadAll();
}

/** Ends this session. */
export async function signOut(): Promise<void> {
  await call("DELETE", "/api/session");
  expired.value = false;
  session.value = null;
  forgetAll();
}
