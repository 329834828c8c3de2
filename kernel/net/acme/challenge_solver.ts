/** How a name can be proved to be this node's. */
export type ChallengeType = "http-01" | "tls-alpn-01" | "dns-01";

/** An answer to put where the CA looks for it. */
export interface ChallengeAnswer {
  /** Host name or address, without `*.`. */
  readonly name: string;
  readonly token: string;
  readonly keyAuthorization: string;
}

/** Puts answers of one type of challenge in place. */
export interface ChallengeSolver {
  readonly type: ChallengeType;
  /** Resolves once the CA can look; what it gives takes the answer away again. */
  prepare(answer: ChallengeAnswer, signal: AbortSignal): Promise<() => Promise<void> | void>;
}
