export { GitClient } from "./git_client.ts";
export { type MarketQuery, Markets } from "./markets.ts";
export type {
  InstallDone,
  Market,
  MarketApp,
  MarketInput,
  Outdated,
  Plan,
  Pulled,
  SourceInfo,
  VersionCheck,
} from "./shapes.ts";
export {
  isSignerKey,
  sha256,
  sign,
  SIGNATURE_FILE,
  type SignedFile,
  signerKey,
  verify,
} from "./signature.ts";
export { Snapshots } from "./snapshots.ts";
export { Sources } from "./sources.ts";
