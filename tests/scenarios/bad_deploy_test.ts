// Deploys that must be refused for their paths, bodies, names and callers, against a running node.
import assert from "node:assert/strict";
import { cidOf } from "../../kernel/fs/mod.ts";
import {
  api,
  type Expected,
  halves,
  type Refusal,
  Standing,
  startNode,
  type TestNode,
  visitHost,
} from "../helpers/mod.ts";

const LABEL = "target";
const bytes = new TextEncoder().encode("<h1>bad</h1>");
const file = { path: "index.html", cid: cidOf(bytes), size: bytes.length };

const path = (message: RegExp): Expected => ({
  status: 422,
  code: "PATH_INVALID",
  message,
  hint: /relative to the app's folder|name every file once/,
});
const invalid = (message: RegExp): Expected => ({ status: 422, code: "INVALID", message });
/** What a list of files may not be; the blob it names is there. */
const LISTS: readonly [name: string, body: unknown, expected: Expected][] = [
  ...([
    ["an absolute path", "/etc/passwd", /it is absolute/],
    ["a drive letter", "C:\\x", /it is absolute/],
    ["a path that climbs", "../x", /a part "\.\."/],
    ["a path that climbs inside", "a/../../x", /a part "\.\."/],
    ["a path with a dot part", "./x", /a part "\."/],
    ["a backslash", "css\\site.css", /a backslash/],
    ["an empty path", "", /it is empty/],
    ["an empty part", "a//b", /an empty part/],
    ["a control character", "a\nb", /a control character/],
    ["half a character", "a\ud800b", /not valid text/],
    ["a path of 2,000 bytes", "x".repeat(2000), /longer than 1024 bytes/],
  ] as const).map(([name, text, message]) =>
    [name, { name: LABEL, files: [{ ...file, path: text }] }, path(message)] as [
      string,
      unknown,
      Expected,
    ]
  ),
  ["the same path twice", { name: LABEL, files: [file, file] }, path(/"index\.html" comes twice/)],
  [
    "the same path in two Unicode forms",
    {
      name: LABEL,
      files: ["\u00fc.html", "u\u0308.html"].map((text) => ({ ...file, path: text })),
    },
    path(/".\.html" comes twice/),
  ],
  ["no files", { name: LABEL, files: [] }, invalid(/there is no file/)],
  ["files that are no list", { name: LABEL, files: "all" }, invalid(/: files: expected array/)],
  ["no list at all", { name: LABEL }, invalid(/: files: is missing/)],
  [
    "a size that is text",
    { name: LABEL, files: [{ ...file, size: "1" }] },
    invalid(/files\.0\.size/),
  ],
  [
    "a cid that is none",
    { name: LABEL, files: [{ ...file, cid: "bafk" }] },
    invalid(/files\.0\.cid: is not a cid/),
  ],
  ["a name that is a number", { name: 5, files: [file] }, invalid(/name: /)],
  ["a list instead of an object", [file], invalid(/expected object/)],
  ["a name no host can have", { name: "Hello World", files: [file] }, invalid(/"Hello World"/)],
  ["no name and no manifest", { files: [file] }, invalid(/no name and no app\.json/)],
  [
    "a reserved name",
    { name: "admin", files: [file] },
    { status: 422, code: "NAME_RESERVED", message: /"admin"/, hint: /admin-app/ },
  ],
  [
    "a name that looks like an app's id",
    { name: "app-123456789abc", files: [file] },
    { status: 422, code: "NAME_RESERVED", message: /"app-123456789abc"/ },
  ],
  [
    "an id that is no app's",
    { app: "app_111111111111", files: [file] },
    { status: 404, code: "NOT_FOUND", message: /app_111111111111/ },
  ],
  [
    "a name that is an alias of something else",
    { name: "elsewhere", files: [file] },
    { status: 409, code: "NAME_TAKEN", message: /address of something else/, hint: /alias list/ },
  ],
  [
    "more files than there may be",
    {
      name: LABEL,
      files: Array.from({ length: 20_001 }, (_, i) => ({ ...file, path: `${i}` })),
    },
    { status: 413, code: "TOO_MANY_FILES", message: /more than 20000 files/, hint: /entries/ },
  ],
  [
    "a file that says it is larger than a file may be",
    { name: LABEL, files: [{ ...file, size: 1e12 }] },
    { status: 413, code: "TOO_LARGE", message: /"index\.html" has 1/, hint: /fileMb/ },
  ],
];

Deno.test("no bad deploy changes what is served or leaves halves behind", async (t) => {
  await using node = await startNode();
  const app = await Standing.on(node, LABEL);
  await api(node, "PUT", `/api/blobs/${file.cid}`, { body: bytes });
  await api(node, "PUT", "/api/aliases/elsewhere", { body: { redirect: "https://example.com/" } });
  const post = (body: unknown) => api(node, "POST", "/api/deploy", { body });

  for (const [name, body, expected] of LISTS) {
    await t.step(`list: ${name}`, () => app.survives(() => post(body), expected));
  }
  await bodies(t, { node, app });
  await names(t, { node, app });
  await credentials(t, { node, app });
  await t.step("nothing of all that stays", async () => {
    assert.deepEqual(halves(node.db), []);
    const { data } = await api(node, "GET", "/api/apps");
    assert.deepEqual(data.map((a: { name: string }) => a.name).sort(), ["other", LABEL, "welcome"]);
  });
});

interface Scene {
  readonly node: TestNode;
  readonly app: Standing;
}

/** Bodies that are no JSON; sent as they are. */
async function bodies(t: Deno.TestContext, { node, app }: Scene): Promise<void> {
  const raw = async (body: string | Uint8Array): Promise<Refusal> => {
    const answer = await visitHost(node, `127.0.0.1:${node.port}`, "/api/deploy", {
      method: "POST",
      headers: { authorization: `Bearer ${node.token}`, "content-type": "application/json" },
      body,
    });
    return { status: answer.status, ...JSON.parse(answer.text) };
  };
  const bad: Expected = { status: 400, code: "BAD_REQUEST", message: /not JSON/, hint: /JSON/ };
  const large: Expected = { status: 413, code: "TOO_LARGE", message: /over 8/ };
  const cases: readonly [name: string, body: string | Uint8Array, expected: Expected][] = [
    ["text that is not JSON", '{"name":', bad],
    ["bytes that are no text", new Uint8Array([0x22, 0xff, 0x22]), bad],
    ["a million brackets", "[".repeat(1e6), bad],
    ["nothing", "", invalid(/files: /)],
    ["9 MB", " ".repeat(9e6), large],
  ];
  for (const [name, body, expected] of cases) {
    await t.step(`body: ${name}`, () => app.survives(() => raw(body), expected));
  }
}

/** Names that somebody has. */
async function names(t: Deno.TestContext, { node, app }: Scene): Promise<void> {
  const other = await Standing.on(node, "other");
  const taken: Expected = {
    status: 409,
    code: "NAME_TAKEN",
    message: /"other": another app has it/,
    hint: /alias list/,
  };
  const reserved: Expected = { status: 422, code: "NAME_RESERVED", message: /"www"/ };
  const rename = (name: unknown) => api(node, "PATCH", `/api/apps/${LABEL}`, { body: { name } });
  const create = (name: unknown) => api(node, "POST", "/api/apps", { body: { name } });
  for (const [what, attempt] of [["a rename", rename], ["a new app", create]] as const) {
    const cases: readonly [name: string, value: unknown, expected: Expected][] = [
      ["taken", "other", taken],
      ["reserved", "www", reserved],
      ["of the wrong type", ["other"], invalid(/name: /)],
    ];
    for (const [name, value, expected] of cases) {
      await t.step(
        `name: ${name}, for ${what}`,
        () => app.survives(() => attempt(value), expected),
      );
    }
  }
  await t.step("name: the other app is as it was", () => other.stands());
}

/** Callers that may not deploy. */
async function credentials(t: Deno.TestContext, { node, app }: Scene): Promise<void> {
  const key = async (scope: string): Promise<string> =>
    (await api(node, "POST", "/api/keys", { body: { name: "tool", scopes: [scope] } })).data.token;
  const nobody: Expected = {
    status: 401,
    code: "UNAUTHORIZED",
    message: /a valid credential is needed/,
    hint: /Authorization: Bearer/,
  };
  const forbidden: Expected = {
    status: 403,
    code: "FORBIDDEN",
    message: /does not allow "deploy/,
    hint: /create-key/,
  };
  const read = await key("read");
  const body = { name: LABEL, files: [file] };
  const deployAs = (token: string) => api(node, "POST", "/api/deploy", { token, body });
  const cases: readonly [name: string, attempt: () => Promise<Refusal>, expected: Expected][] = [
    ["none", () => deployAs(""), nobody],
    ["a wrong one", () => deployAs("fazt_" + "1".repeat(40)), nobody],
    ["no key at all", () => deployAs("Bearer"), nobody],
    ["a key that may only read", () => deployAs(read), forbidden],
    ["a key for another app", async () => deployAs(await key("deploy:other")), forbidden],
    [
      "a key that may only read, bringing a blob",
      () => api(node, "PUT", `/api/blobs/${file.cid}`, { token: read, body: bytes }),
      forbidden,
    ],
    [
      "none, with a zip",
      () =>
        api(node, "POST", `/api/deploy?name=${LABEL}`, {
          token: "",
          body: bytes,
          headers: { "content-type": "application/zip" },
        }),
      nobody,
    ],
  ];
  for (const [name, attempt, expected] of cases) {
    await t.step(`key: ${name}`, () => app.survives(attempt, expected));
  }
}
