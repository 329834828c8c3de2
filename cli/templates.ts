import { TEMPLATE_FILES } from "./template_files.ts";

/** What `fazt app create` can make. */
export interface Template {
  /** What it is, for a list. */
  readonly about: string;
  /** Command lines that put it online, from the folder it was created in. */
  next(name: string): readonly string[];
}

/** The name of a template. */
export type TemplateName = keyof typeof TEMPLATE_FILES;

const deployAndWatch = (name: string) => [`fazt app deploy ${name}`, `fazt app dev ${name}`];

/** Every template by its name; the first is the default. */
export const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  static: { about: "pages and a style sheet, no server code", next: deployAndWatch },
  spa: {
    about: "a single-page app built with Vite",
    next: (name) => [`fazt app deploy ${name} --yes`, `cd ${name} && npm run dev`],
  },
  api: {
    about: "a page and a JSON API in TypeScript, checked with zod, kept in kv",
    next: deployAndWatch,
  },
  tool: { about: "server code alone, in one file", next: deployAndWatch },
  hono: { about: "an API of routes, with Hono", next: deployAndWatch },
  cron: {
    about: "a job that runs every five minutes, and what it did",
    next: (name) => [...deployAndWatch(name), `fazt app logs ${name} -f`],
  },
};

/** Names of the templates, the default first. */
export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as readonly TemplateName[];

/** The files of a new app, by path. */
export function templateFiles(kind: TemplateName, name: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(TEMPLATE_FILES[kind]).map(([path, text]) => [
      path,
      text.replaceAll("my-app", name),
    ]),
  );
}
