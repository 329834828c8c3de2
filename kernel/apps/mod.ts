export { type Attempt, audited } from "./audit.ts";
export type { AliasTarget } from "./addresses.ts";
export { Apps } from "./apps.ts";
export { wasTold } from "./audit.ts";
export type { DiffOptions } from "./diffs.ts";
export type { GrantChange } from "./approvals.ts";
export type { BundleInput, Bundler, ServerModule } from "./bundler.ts";
export type { AppsDeps } from "./deps.ts";
export { opensMachine } from "./grant_policy.ts";
export { describeGrant, type Grant, parseGrant, type StoragePillar } from "./grants.ts";
export {
  defaultManifest,
  isWebAppManifest,
  type ManifestFault,
  type ManifestOptions,
  parseManifest,
} from "./manifest.ts";
export { type Manifest, manifestJsonSchema } from "./manifest_schema.ts";
export { checkLabel } from "./names.ts";
export { compareSemver, isSemver } from "./semver.ts";
export { changedFiles } from "./diffs.ts";
export {
  formatSource,
  type GitSource,
  type MarketSource,
  type ParsedSource,
  parseSource,
  sameRepository,
} from "./source_text.ts";
export type { SourceRow } from "./app_store.ts";
export type {
  Actor,
  Alias,
  App,
  AppActivity,
  AppFile,
  AppSource,
  DeployDone,
  DeployInput,
  DeployMissing,
  EnvEntry,
  FieldChange,
  FileChange,
  ForkDone,
  ForkInput,
  GrantList,
  InstalledApp,
  Lineage,
  LineageNode,
  PreviewInfo,
  RemovedApp,
  Revision,
  RevisionDiff,
  RevisionOrigin,
  SourceRecord,
} from "./shapes.ts";
export { spool } from "./zip_source.ts";
