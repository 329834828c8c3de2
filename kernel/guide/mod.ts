import skill from "./SKILL.md" with { type: "text" };

/** One file of the guide for whoever builds apps. */
export interface GuideFile {
  /** Where it lies in the skill's folder. */
  readonly path: string;
  readonly title: string;
  /** Markdown. */
  readonly text: string;
}

/** How an app is built, tested and deployed: an agent skill, and the resources of `/mcp`. */
export const GUIDE: readonly GuideFile[] = [
  { path: "SKILL.md", title: "Building apps on Fazt", text: skill },
];
