import skill from "./SKILL.md" with { type: "text" };
import app from "./reference/app.md" with { type: "text" };
import limits from "./reference/limits.md" with { type: "text" };
import server from "./reference/server.md" with { type: "text" };
import storage from "./reference/storage.md" with { type: "text" };
import workflow from "./reference/workflow.md" with { type: "text" };

/** One file of the guide for whoever builds apps. */
export interface GuideFile {
  /** Where it lies in the skill's folder. */
  readonly path: string;
  readonly title: string;
  /** Markdown. */
  readonly text: string;
}

/**
 * How an app is built, tested and deployed: an agent skill, and the resources of `/mcp`. Its
 * examples are executed by `tests/scenarios/guide_test.ts`.
 */
export const GUIDE: readonly GuideFile[] = [
  { path: "SKILL.md", title: "Building apps on Fazt", text: skill },
  { path: "reference/app.md", title: "The folder of an app", text: app },
  { path: "reference/server.md", title: "Server code", text: server },
  { path: "reference/storage.md", title: "Storage", text: storage },
  { path: "reference/workflow.md", title: "Testing, mending, going back", text: workflow },
  { path: "reference/limits.md", title: "Limits", text: limits },
];
