import type { AppsFixture } from "../apps/testing.ts";
import { Secrets } from "../secrets/mod.ts";
import { Challenges } from "./challenges.ts";
import { Owner } from "./owner.ts";
import { PASSKEY_TASKS } from "./passkey_tasks.ts";
import { Passkeys } from "./passkeys.ts";
import type { PasskeyChecker, PasswordHasher } from "./proof_worker.ts";
import { Sessions } from "./sessions.ts";
import { SignIn, type SignInEntry } from "./sign_in.ts";
import { SignInThrottle } from "./sign_in_throttle.ts";
import { StepUp } from "./step_up.ts";

/** A hasher that counts and takes no time. */
export class FakeHasher implements PasswordHasher {
  /** Hashes that passwords were compared with. */
  readonly compared: string[] = [];

  hash(password: string): Promise<string> {
    return Promise.resolve(`$m=19456,t=2,p=1$${password}`);
  }

  verify(password: string, hash: string): Promise<boolean> {
    this.compared.push(hash);
    return Promise.resolve(hash.endsWith(`$${password}`));
  }
}

/** Checks passkeys on this thread. */
export const CHECKER: PasskeyChecker = {
  register: (response, expected) => PASSKEY_TASKS["passkey.register"]({ response, expected }),
  use: (response, expected, passkey) =>
    PASSKEY_TASKS["passkey.verify"]({ response, expected, passkey }),
};

/** Everything the owner signs in with, on a database of its own. Tests only. */
export async function signInOf(t: AppsFixture) {
  const clock = () => t.now;
  const { db, settings } = t;
  const hasher = new FakeHasher();
  const secrets = await Secrets.open({ db, clock });
  const passkeys = new Passkeys({ db, clock, challenges: new Challenges(clock), checker: CHECKER });
  const owner = new Owner({ db, settings, clock, hasher, passkeys, secrets: () => secrets });
  const sessions = new Sessions(db, clock);
  const entries: SignInEntry[] = [];
  const throttle = () => new SignInThrottle(db, clock, () => {});
  const signInWith = (one: SignInThrottle) =>
    new SignIn({
      owner,
      sessions,
      passkeys,
      throttle: one,
      record: (entry) => entries.push(entry),
    });
  return {
    entries,
    hasher,
    owner,
    passkeys,
    secrets,
    sessions,
    stepUp: new StepUp({ settings, clock, owner }),
    signIn: signInWith(throttle()),
    /** As a node that was just started has it. */
    restarted: () => signInWith(throttle()),
  };
}
