export { cli, cliHere, cliIn, type Ran } from "./cli.ts";
export { deploy, type Deployed, type Files, folderOf } from "./deploy.ts";
export { type Answer, api, type Sending, visit, visitHost } from "./http.ts";
export { allowedBy, hostileText, nearly } from "./json_schema_arbitrary.ts";
export { noise } from "./noise.ts";
export {
  CHECKOUT,
  FLAGS,
  type NodeOptions,
  type Program,
  ROOT,
  startNode,
  type TestNode,
} from "./node.ts";
export { until } from "./until.ts";
export { halves } from "./halves.ts";
export { assertRefused, type Expected, type Refusal, Standing } from "./standing.ts";
export { download, forge, raw, send, withNodes } from "./moving.ts";
export { Dashboard } from "./dashboard.ts";
export {
  gitMissing,
  type GitRepo,
  type GitServer,
  makeRepo,
  startGitServer,
} from "./git_server.ts";
export { appFiles, withSources } from "./sources.ts";
