import { readPattern } from "../events/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { nearest } from "../lib/nearest.ts";

/** A grant, read: what an app may do beyond pure computation. `text` is its one spelling. */
export type Grant =
  & { readonly text: string }
  & (
    | { readonly kind: "storage"; readonly pillar: StoragePillar }
    | { readonly kind: "net:fetch"; readonly host?: string; readonly port?: number }
    | { readonly kind: "net:direct"; readonly host: string; readonly port?: number }
    | { readonly kind: "net:connect"; readonly host: string; readonly port: number }
    | { readonly kind: "fs:read" | "fs:write"; readonly dir: string }
    | { readonly kind: "sys"; readonly name: string }
    | { readonly kind: "events:subscribe"; readonly pattern: string }
    | { readonly kind: "namespace"; readonly name: string }
  );

/** The four kinds of storage. */
export type StoragePillar = "kv" | "ds" | "rd" | "s3";

const PILLARS: Readonly<Record<StoragePillar, string>> = {
  kv: "keep key-value pairs",
  ds: "keep documents",
  rd: "keep relational tables",
  s3: "keep files",
};

/** Syscall namespaces that are granted whole, and what each opens. */
const NAMESPACES: Readonly<Record<string, string>> = {
  "realtime": "open live channels to visitors",
  "email": "receive and send e-mail",
  "worker": "run long jobs in the background",
  "ai:complete": "ask the language models the owner set up",
  "kernel:deploy": "change its own code and deploy it",
  "kernel:status": "read the state of this node",
  "security:sign": "sign data with its own key",
};

/** The names Deno's `sys` permission knows. */
const SYS = [
  "hostname",
  "osRelease",
  "osUptime",
  "loadavg",
  "networkInterfaces",
  "systemMemoryInfo",
  "uid",
  "gid",
  "username",
  "cpus",
  "homedir",
  "statfs",
  "getPriority",
  "setPriority",
];

/** What a mistyped grant is compared with. */
const FORMS = [
  ...Object.keys(PILLARS).map((pillar) => `storage:${pillar}`),
  ...Object.keys(NAMESPACES),
  ...SYS.map((name) => `sys:${name}`),
  "net:fetch",
  "net:direct:<host>",
  "net:connect:<host>:<port>",
  "fs:read:<dir>",
  "fs:write:<dir>",
  "events:subscribe:<pattern>",
];

const NEVER = /^(?:run|ffi|import|env|all|\*)(?::|$)/i;
const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/;
// deno-lint-ignore no-control-regex -- none of these may reach a terminal or a path
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Reads one grant of `app.json`'s `permissions`.
 * @throws {FaztError} `INVALID` that names the nearest grant, or says that it is never granted.
 */
export function parseGrant(input: string): Grant {
  const text = input.trim();
  if (NEVER.test(text)) {
    throw new FaztError("INVALID", `Cannot grant "${show(text)}": it is never granted to an app`, {
      hint: 'ask for what the app needs instead, such as "storage:kv" or "net:fetch:<host>"',
    });
  }
  const grant = CONTROL.test(text) || text.length > 1100 ? undefined : read(text);
  if (grant) return grant;
  const near = nearest(text, FORMS) ??
    FORMS.find((form) => form.includes(":") && text.startsWith(form.split("<")[0]!));
  throw new FaztError("INVALID", `Cannot grant "${show(text)}": there is no such grant`, {
    hint: near
      ? `did you mean "${near}"?`
      : `a grant is one of ${FORMS.slice(0, 11).join(", ")}, …`,
  });
}

/** What a grant opens, in plain words. */
export function describeGrant(input: string): string {
  const grant = parseGrant(input);
  switch (grant.kind) {
    case "storage":
      return `${PILLARS[grant.pillar]} in its own storage`;
    case "net:fetch":
      return grant.host === undefined
        ? "fetch from any public host, through this node's proxy"
        : `fetch from ${place(grant)}, through this node's proxy`;
    case "net:direct":
      return `talk to ${place(grant)} directly, past this node's proxy`;
    case "net:connect":
      return `open raw connections (TCP and TLS) to ${place(grant)}, made by this node`;
    case "fs:read":
      return `read the folder ${grant.dir} of this machine`;
    case "fs:write":
      return `change the folder ${grant.dir} of this machine`;
    case "sys":
      return `read the machine's "${grant.name}"`;
    case "events:subscribe":
      return `receive the events ${grant.pattern} of others`;
    case "namespace":
      return NAMESPACES[grant.name]!;
  }
}

function read(text: string): Grant | undefined {
  const [head, second = "", ...more] = text.split(":");
  const rest = more.join(":");
  if (Object.hasOwn(NAMESPACES, text)) return { text, kind: "namespace", name: text };
  if (head === "storage" && more.length === 0 && Object.hasOwn(PILLARS, second)) {
    return { text, kind: "storage", pillar: second as StoragePillar };
  }
  if (head === "sys" && more.length === 0 && SYS.includes(second)) {
    return { text, kind: "sys", name: second };
  }
  if (head === "fs" && (second === "read" || second === "write")) return folder(second, rest);
  if (head === "events" && second === "subscribe") return events(rest);
  if (head === "net") return network(second, rest, more.length === 0);
  return undefined;
}

/** An absolute folder in its one spelling; the file system's root is never granted. */
function folder(mode: "read" | "write", dir: string): Grant | undefined {
  const segments = dir.split("/").slice(1);
  const plain = segments.every((s) => s !== "" && s !== "." && s !== ".." && !s.includes("\\"));
  if (!dir.startsWith("/") || segments.length === 0 || !plain || dir.length > 1024) {
    return undefined;
  }
  return { text: `fs:${mode}:${dir}`, kind: `fs:${mode}`, dir };
}

function events(text: string): Grant | undefined {
  const pattern = readPattern(text)?.text;
  if (pattern === undefined) return undefined;
  return { text: `events:subscribe:${pattern}`, kind: "events:subscribe", pattern };
}

function network(mode: string, rest: string, bare: boolean): Grant | undefined {
  if (mode === "fetch" && bare) return { text: "net:fetch", kind: "net:fetch" };
  const wild = mode === "fetch" && rest.startsWith("*.");
  const target = hostAndPort(wild ? rest.slice(2) : rest);
  if (target === undefined) return undefined;
  const host = wild ? `*.${target.host}` : target.host;
  const { port } = target;
  const text = `net:${mode}:${host}${port === undefined ? "" : `:${port}`}`;
  if (mode === "connect") {
    return port === undefined ? undefined : { text, kind: "net:connect", host, port };
  }
  if (mode !== "fetch" && mode !== "direct") return undefined;
  return { text, kind: `net:${mode}`, host, ...(port === undefined ? {} : { port }) };
}

function hostAndPort(input: string): { host: string; port?: number } | undefined {
  const match = /^(\[[^\]]*\]|[^:\[\]]+)(?::(\d{1,5}))?$/.exec(input.toLowerCase());
  if (!match) return undefined;
  const host = match[1]!.replace(/\.$/, "");
  if (host.length > 253 || !(NAME.test(host) || IPV6.test(host))) return undefined;
  if (match[2] === undefined) return { host };
  const port = Number(match[2]);
  return port >= 1 && port <= 65535 ? { host, port } : undefined;
}

function place(target: { readonly host?: string; readonly port?: number }): string {
  return target.port === undefined ? target.host! : `${target.host}:${target.port}`;
}

function show(text: string): string {
  return text.slice(0, 80).replace(new RegExp(CONTROL, "g"), "?");
}
