export {
  type Executable,
  install,
  lockExecutable,
  previousPath,
  stagedPath,
} from "./executable.ts";
export { discard, isWritable, stagePrevious } from "./executable.ts";
export { download } from "./download.ts";
export { type Candidate, findRelease } from "./find_release.ts";
export { judgeRelease, MANIFEST_NAME, parseRelease, type Release } from "./release.ts";
export {
  CHILD,
  type HandOver,
  handOver,
  HANDS_OVER,
  leavePlan,
  type Outcome,
  outcomeOf,
  startAgain,
  takePlan,
} from "./hand_over.ts";
export type { Child } from "./bring_up.ts";
export { rehearse, versionOf } from "./rehearse.ts";
export {
  isPublicKey,
  makeKeyPair,
  parseKeys,
  SIGNATURE_END,
  signBytes,
  verifySignatures,
} from "./signature.ts";
export { type Offer, offerOf } from "./offer.ts";
export { type RunningUpgrade, type StartedAs, type UpgradeRow, Upgrades } from "./upgrades.ts";
