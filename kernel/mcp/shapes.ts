import { z } from "../lib/zod.ts";

/** How a tool is told which app it is about. */
export const appRef = z.string().min(1).max(64).describe("Name, alias or id of the app");

/** An app, as every tool gives it. Times are Unix ms. */
export const appShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  title: z.string().optional(),
  state: z.string(),
  url: z.string(),
  revision: z.number().optional().describe("The revision that is served"),
  files: z.number(),
  size: z.number().describe("Bytes"),
  hasServer: z.boolean(),
  grants: z.looseObject({
    approved: z.array(z.string()).readonly(),
    pending: z.array(z.string()).readonly().describe("Asked for; the owner has not approved them"),
  }),
  updatedAt: z.number(),
});

/** A revision, as tools give it. */
export const revisionShape = z.looseObject({
  n: z.number(),
  createdAt: z.number(),
  source: z.string(),
  message: z.string().optional(),
  files: z.number(),
  current: z.boolean(),
});

/** One line of an app's log. */
export const lineShape = z.looseObject({
  id: z.number(),
  at: z.string().describe("ISO 8601"),
  level: z.string(),
  message: z.string(),
  requestId: z.string().optional(),
  fields: z.unknown().optional(),
});

/** What a deploy or an edit did. */
export const deployedShape = z.looseObject({
  app: appShape,
  revision: revisionShape,
  url: z.string(),
  created: z.boolean(),
  unchanged: z.boolean(),
  previous: z.number().optional().describe("The revision served before"),
  warnings: z.array(z.string()),
  next: z.array(z.string()).describe("What can or has to be done now"),
});

/** Content as a client sends it. */
export const contentInput = {
  text: z.string().optional().describe("The whole content, as text"),
  base64: z.string().optional().describe("The whole content, for what is not text"),
};
