export {
  type AccountInput,
  AcmeClient,
  delay,
  type Directory,
  type RenewalWindow,
} from "./acme_client.ts";
export { acmeNonsense, type AcmeProblem, problemOf, retryAfterOf } from "./acme_error.ts";
export type { ChallengeAnswer, ChallengeSolver, ChallengeType } from "./challenge_solver.ts";
export { base64Url } from "./jws.ts";
export { runOrder } from "./run_order.ts";
export type { Fetch } from "./transport.ts";
