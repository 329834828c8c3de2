// The files of the templates as text, so that an executable carries them along.
import { FAZT_TYPES } from "../runtime/stdlib/mod.ts";
import sharedREADMEMd from "./templates/shared/README.md" with { type: "text" };
import sharedFaztignore from "./templates/shared/faztignore" with { type: "text" };
import sharedGitignore from "./templates/shared/gitignore" with { type: "text" };
import sharedStyleCss from "./templates/shared/style.css" with { type: "text" };
import sharedTsconfigJson from "./templates/shared/tsconfig.json" with { type: "text" };
import static404Html from "./templates/static/404.html" with { type: "text" };
import staticAppJson from "./templates/static/app.json" with { type: "text" };
import staticFaztignore from "./templates/static/faztignore" with { type: "text" };
import staticIndexHtml from "./templates/static/index.html" with { type: "text" };
import spaREADMEMd from "./templates/spa/README.md" with { type: "text" };
import spaGitignore from "./templates/spa/gitignore" with { type: "text" };
import spaIndexHtml from "./templates/spa/index.html" with { type: "text" };
import spaPackageJson from "./templates/spa/package.json" with { type: "text" };
import spaPublicAppJson from "./templates/spa/public/app.json" with { type: "text" };
import spaSrcMainTs from "./templates/spa/src/main.ts" with { type: "text" };
import spaSrcPagesTs from "./templates/spa/src/pages.ts" with { type: "text" };
import spaTsconfigJson from "./templates/spa/tsconfig.json" with { type: "text" };
import spaViteConfigTs from "./templates/spa/vite.config.ts" with { type: "text" };
import apiApiMainTs from "./templates/api/api/main.ts" with { type: "text" };
import apiApiNotesTs from "./templates/api/api/notes.ts" with { type: "text" };
import apiAppJs from "./templates/api/app.js" with { type: "text" };
import apiAppJson from "./templates/api/app.json" with { type: "text" };
import apiIndexHtml from "./templates/api/index.html" with { type: "text" };
import apiPackageJson from "./templates/api/package.json" with { type: "text" };
import toolApiMainTs from "./templates/tool/api/main.ts" with { type: "text" };
import toolAppJson from "./templates/tool/app.json" with { type: "text" };
import honoApiMainTs from "./templates/hono/api/main.ts" with { type: "text" };
import honoAppJson from "./templates/hono/app.json" with { type: "text" };
import honoPackageJson from "./templates/hono/package.json" with { type: "text" };
import cronApiMainTs from "./templates/cron/api/main.ts" with { type: "text" };
import cronApiRunsTs from "./templates/cron/api/runs.ts" with { type: "text" };
import cronApiTickTs from "./templates/cron/api/tick.ts" with { type: "text" };
import cronAppJson from "./templates/cron/app.json" with { type: "text" };

/** Files of a new app by path. */
type Files = Readonly<Record<string, string>>;

/** What server code needs to be edited, besides itself. */
const SERVER: Files = {
  ".faztignore": sharedFaztignore,
  ".gitignore": sharedGitignore,
  "README.md": sharedREADMEMd,
  "fazt.d.ts": FAZT_TYPES,
  "tsconfig.json": sharedTsconfigJson,
};

/** The files of every template, by template; `my-app` in them stands for the app's name. */
export const TEMPLATE_FILES = {
  static: {
    "404.html": static404Html,
    "app.json": staticAppJson,
    ".faztignore": staticFaztignore,
    "index.html": staticIndexHtml,
    "style.css": sharedStyleCss,
  },
  spa: {
    "README.md": spaREADMEMd,
    ".gitignore": spaGitignore,
    "index.html": spaIndexHtml,
    "package.json": spaPackageJson,
    "public/app.json": spaPublicAppJson,
    "src/main.ts": spaSrcMainTs,
    "src/pages.ts": spaSrcPagesTs,
    "tsconfig.json": spaTsconfigJson,
    "vite.config.ts": spaViteConfigTs,
    "src/style.css": sharedStyleCss,
  },
  api: {
    ...SERVER,
    "api/main.ts": apiApiMainTs,
    "api/notes.ts": apiApiNotesTs,
    "app.js": apiAppJs,
    "app.json": apiAppJson,
    "index.html": apiIndexHtml,
    "package.json": apiPackageJson,
    "style.css": sharedStyleCss,
  },
  tool: {
    ...SERVER,
    "api/main.ts": toolApiMainTs,
    "app.json": toolAppJson,
  },
  hono: {
    ...SERVER,
    "api/main.ts": honoApiMainTs,
    "app.json": honoAppJson,
    "package.json": honoPackageJson,
  },
  cron: {
    ...SERVER,
    "api/main.ts": cronApiMainTs,
    "api/runs.ts": cronApiRunsTs,
    "api/tick.ts": cronApiTickTs,
    "app.json": cronAppJson,
  },
} as const satisfies Readonly<Record<string, Files>>;
