import {
  type BlobResourceContents,
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
  type TextResourceContents,
} from "@modelcontextprotocol/server";
import { GUIDE } from "../guide/mod.ts";
import { toFaztError } from "../lib/fazt_error.ts";
import type { Caller } from "./caller.ts";
import { readPart, show } from "./content.ts";
import { shownLine } from "./log_lines.ts";
import { UNTRUSTED } from "./tool.ts";

/** Most bytes of a file that a resource gives; tools read in parts. */
const MAX_FILE = 1024 * 1024;
/** Most apps of a list. */
const MAX_LIST = 200;
const LOG_LINES = 200;
const JSON_TYPE = "application/json";

/** Adds the sources and logs of apps, and the guide, to a server. */
export function addResources(server: McpServer, caller: Caller): void {
  const complete = {
    app: (typed: string) =>
      caller.apps().map(({ name }) => name).filter((name) => name.startsWith(typed)).slice(0, 100),
  };
  /** One resource for each app. */
  const listed = (path: string, title: (app: string) => string) => () => ({
    resources: caller.apps().slice(0, MAX_LIST).map(({ name }) => ({
      uri: `fazt://apps/${name}/${path}`,
      name: `${name}/${path}`,
      title: title(name),
      mimeType: JSON_TYPE,
    })),
  });

  server.registerResource(
    "app-source",
    new ResourceTemplate("fazt://apps/{app}/source", {
      list: listed("source", (app) => `Files of ${app}`),
      complete,
    }),
    { title: "Files of an app", description: "Paths, sizes and types", mimeType: JSON_TYPE },
    (uri, { app: ref }) =>
      read(uri, () => {
        const app = caller.app(String(ref), "read");
        const files = caller.services.apps.files(app.id)
          .map(({ path, size, type }) => ({ path, size, type }));
        const data = { app: app.name, revision: app.revision, files };
        return { uri: uri.href, mimeType: JSON_TYPE, text: JSON.stringify(data) };
      }),
  );
  server.registerResource(
    "app-file",
    new ResourceTemplate("fazt://apps/{app}/source/{+path}", { list: undefined, complete }),
    { title: "A file of an app", description: `The first MiB of it. ${UNTRUSTED}` },
    (uri, { app: ref, path }) =>
      read(uri, async () => {
        const app = caller.app(String(ref), "read");
        const file = caller.services.apps.readFile(app.id, decodePath(String(path)));
        const { text, base64 } = show(await readPart(file.stream, { offset: 0, max: MAX_FILE }));
        const head = { uri: uri.href, mimeType: file.type, ...MARK };
        return text === undefined ? { ...head, blob: base64! } : { ...head, text };
      }),
  );
  server.registerResource(
    "app-logs",
    new ResourceTemplate("fazt://apps/{app}/logs", {
      list: listed("logs", (app) => `Log of ${app}`),
      complete,
    }),
    {
      title: "Log of an app",
      description: `Its last ${LOG_LINES} lines. ${UNTRUSTED}`,
      mimeType: JSON_TYPE,
    },
    (uri, { app: ref }) =>
      read(uri, async () => {
        const app = caller.app(String(ref), "read");
        const { appLog } = caller.services;
        await appLog.flush();
        const lines = appLog.list(app.id, { limit: LOG_LINES }).map(shownLine);
        const data = { app: app.name, untrusted: true, note: UNTRUSTED, lines };
        return { uri: uri.href, mimeType: JSON_TYPE, ...MARK, text: JSON.stringify(data) };
      }),
  );
  for (const { path, title, text } of GUIDE) {
    const uri = `fazt://guide/${path}`;
    server.registerResource(
      `guide/${path}`,
      uri,
      { title, mimeType: "text/markdown" },
      () => ({ contents: [{ uri, mimeType: "text/markdown", text }] }),
    );
  }
}

type Contents = TextResourceContents | BlobResourceContents;

/** Says of content that it is data. */
const MARK = { _meta: { "fazt/untrusted": true } };

async function read(
  uri: URL,
  body: () => Contents | Promise<Contents>,
): Promise<{ contents: Contents[] }> {
  try {
    return { contents: [await body()] };
  } catch (thrown) {
    const { code, message } = toFaztError(thrown);
    throw code === "NOT_FOUND" ? new ResourceNotFoundError(uri.href, message) : thrown;
  }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
