import type { Settings } from "./config/mod.ts";
import type { Database } from "./db/mod.ts";
import type { ApiServices } from "./http/api/mod.ts";
import type { Clock } from "./lib/clock.ts";
import type { Activity } from "./log/mod.ts";
import { Peers } from "./peers/mod.ts";
import type { Secrets } from "./secrets/mod.ts";
import {
  Challenges,
  Keys,
  LocalToken,
  Owner,
  Passkeys,
  ProofWorker,
  Sessions,
  SignIn,
  SignInThrottle,
  StepUp,
} from "./security/mod.ts";

const DAY_MS = 86_400_000;

/** Who may do what on a node, and how they prove who they are. */
export interface People extends
  Pick<
    ApiServices,
    | "keys"
    | "sessions"
    | "localToken"
    | "owner"
    | "passkeys"
    | "signIn"
    | "stepUp"
    | "peers"
  > {
  readonly proofs: ProofWorker;
}

/** Makes all of it. */
export function openPeople(
  { db, settings, clock, activity, secrets, onError }: {
    readonly db: Database;
    readonly settings: Settings;
    readonly clock: Clock;
    readonly activity: Activity;
    readonly secrets: () => Secrets;
    readonly onError: (error: unknown) => void;
  },
): People {
  const keys = new Keys(db, clock);
  const sessions = new Sessions(db, clock, () => ({
    idleMs: settings.get("session.idleDays") * DAY_MS,
    maxMs: settings.get("session.maxDays") * DAY_MS,
  }));
  const localToken = new LocalToken();
  const proofs = new ProofWorker();
  const challenges = new Challenges(clock);
  const passkeys = new Passkeys({ db, clock, challenges, checker: proofs });
  const owner = new Owner({
    db,
    settings,
    clock,
    hasher: proofs,
    passkeys,
    secrets,
  });
  const signIn = new SignIn({
    owner,
    sessions,
    passkeys,
    throttle: new SignInThrottle(db, clock, onError),
    record: (entry) => activity.record(entry),
  });
  const stepUp = new StepUp({ settings, clock, owner });
  const peers = new Peers(db, clock);
  return { keys, sessions, localToken, owner, passkeys, signIn, stepUp, peers, proofs };
}
