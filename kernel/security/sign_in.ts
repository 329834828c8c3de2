import { FaztError } from "../lib/fazt_error.ts";
import { ANONYMOUS_USER } from "../lib/ids.ts";
import type { Owner } from "./owner.ts";
import type { PasskeyPurpose, Passkeys, Site } from "./passkeys.ts";
import { type Principal, unauthorized } from "./principal.ts";
import type { SignInMethod } from "./session_operations.ts";
import { OWNER_ID, type Sessions, type SessionToken } from "./sessions.ts";
import type { SignInThrottle } from "./sign_in_throttle.ts";

/** Where a request to sign in comes from. */
export interface Visitor {
  readonly address: string | undefined;
  /** What it is counted by; undefined for this machine. */
  readonly counted: string | undefined;
  readonly agent?: string | undefined;
  /** The session the same browser has; signing in ends it. */
  readonly instead?: string | undefined;
}

/** A proof of who one is. */
export type Proof =
  | { readonly password: string }
  | { readonly code: string }
  | { readonly passkey: unknown }
  /** An owner link's. */
  | { readonly token: string };

/** What is told to the activity log. */
export interface SignInEntry {
  readonly userId: string;
  readonly actor: string;
  readonly address?: string | undefined;
  readonly action: "session.create" | "session.step-up";
  readonly result: string;
  readonly details: { readonly method: string };
}

/** What {@link SignIn} works with. */
export interface SignInDeps {
  readonly owner: Owner;
  readonly sessions: Sessions;
  readonly passkeys: Passkeys;
  readonly throttle: SignInThrottle;
  readonly record: (entry: SignInEntry) => void;
}

/** A finished sign-in. */
export interface SignedIn extends SessionToken {
  readonly method: SignInMethod;
}

/**
 * Every way the owner gets in. Whatever is wrong gets one answer, after the same time; each try
 * that was judged stands in the activity log, without what was typed.
 */
export class SignIn {
  constructor(private readonly deps: SignInDeps) {}

  /** By a one-time link. It is never held up: who has none cannot guess one. */
  async byLink(link: string, visitor: Visitor): Promise<SignedIn> {
    const session = await this.deps.sessions.useLink(link, visitor);
    if (session === undefined) this.#failed("session.create", { method: "link", visitor });
    return this.#done(session, { method: "link", visitor });
  }

  /**
   * By password, and a code where codes are asked for.
   * @throws {FaztError} `UNAUTHORIZED`, `CODE_REQUIRED` after the right password, `RATE_LIMITED`
   */
  async byPassword(
    { name, password, code }: {
      readonly name?: string | undefined;
      readonly password: string;
      readonly code?: string | undefined;
    },
    visitor: Visitor,
  ): Promise<SignedIn> {
    const { owner, sessions } = this.deps;
    const attempt = this.#begin(OWNER_ID, visitor);
    const method = code === undefined ? "password" : "password and code";
    if (!await owner.checkPassword(password, name)) this.#refuse("session.create", method, visitor);
    if (owner.asksForCodes) {
      if (code === undefined) {
        // The password alone makes nobody's guesses at the code cheaper.
        attempt.undecided();
        throw new FaztError("CODE_REQUIRED", "Cannot sign in yet: a code is needed besides", {
          status: 401,
          hint: "send code with it: six digits of the authenticator, or a recovery code",
        });
      }
      if (!await owner.useCode(code)) this.#refuse("session.create", method, visitor);
    }
    attempt.succeeded();
    const session = await sessions.open({ ...visitor, method: "password" });
    return this.#done(session, { method: "password", visitor });
  }

  /** By passkey. @throws {FaztError} `UNAUTHORIZED`, `RATE_LIMITED` */
  async byPasskey(response: unknown, site: Site, visitor: Visitor): Promise<SignedIn> {
    const { passkeys, sessions } = this.deps;
    const attempt = this.#begin(undefined, visitor);
    const found = await passkeys.verify(response, { site, purpose: "sign-in" });
    if (found?.userId !== OWNER_ID) this.#refuse("session.create", "passkey", visitor);
    attempt.succeeded();
    const session = await sessions.open({ ...visitor, method: "passkey" });
    return this.#done(session, { method: "passkey", visitor });
  }

  /**
   * Proves again who has a session; its token is replaced.
   * @throws {FaztError} `UNAUTHORIZED`, `RATE_LIMITED`
   */
  async stepUp(
    { principal, token }: { readonly principal: Principal; readonly token: string },
    proof: Proof,
    { site, visitor }: { readonly site: Site; readonly visitor: Visitor },
  ): Promise<SessionToken> {
    const { owner, passkeys, sessions } = this.deps;
    const [method] = Object.keys(proof) as [string];
    const guessable = "password" in proof || "code" in proof;
    // A link is never held up; what of it fails is counted below.
    const attempt = "token" in proof
      ? undefined
      : this.#begin(guessable ? OWNER_ID : undefined, visitor);
    const right = "password" in proof
      ? await owner.checkPassword(proof.password)
      : "code" in proof
      ? await owner.useCode(proof.code)
      : "token" in proof
      ? await sessions.spendLink(proof.token)
      : (await passkeys.verify(proof.passkey, { site, purpose: stepUpOf(principal) }))
        ?.userId === OWNER_ID;
    if (!right && "token" in proof) this.#failed("session.step-up", { method, visitor });
    if (!right) this.#refuse("session.step-up", method, visitor);
    attempt?.succeeded();
    const renewed = await sessions.prove(token, principal);
    if (renewed === undefined) throw unauthorized();
    this.deps.record({
      userId: OWNER_ID,
      actor: "owner",
      address: visitor.address,
      action: "session.step-up",
      result: "ok",
      details: { method },
    });
    return renewed;
  }

  #begin(userId: string | undefined, { address, counted }: Visitor) {
    const known = address !== undefined && this.deps.sessions.knows(address);
    return this.deps.throttle.begin(userId, { counted, known });
  }

  /** A failure that was not counted when it began; once there are many they are not written. */
  #failed(
    action: SignInEntry["action"],
    { method, visitor }: { readonly method: string; readonly visitor: Visitor },
  ): never {
    try {
      this.#begin(undefined, visitor);
    } catch {
      throw unauthorized();
    }
    this.#refuse(action, method, visitor);
  }

  #refuse(action: SignInEntry["action"], method: string, { address }: Visitor): never {
    this.deps.record({
      userId: ANONYMOUS_USER,
      actor: "anonymous",
      address,
      action,
      result: "UNAUTHORIZED",
      details: { method },
    });
    throw unauthorized();
  }

  #done(
    session: SessionToken,
    { method, visitor }: { readonly method: SignInMethod; readonly visitor: Visitor },
  ): SignedIn {
    this.deps.record({
      userId: OWNER_ID,
      actor: "owner",
      address: visitor.address,
      action: "session.create",
      result: "ok",
      details: { method },
    });
    return { ...session, method };
  }
}

/** What a passkey's challenge for a step-up is bound to: one session. */
export const stepUpOf = (principal: Principal): PasskeyPurpose =>
  `step-up ${principal.session?.id ?? principal.id}`;
