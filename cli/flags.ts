/** One flag of the command line. */
export interface FlagSpec {
  readonly type: "boolean" | "string";
  /** One letter. */
  readonly short?: string;
  /** Name of the value in help, such as `FILE`. */
  readonly value?: string;
  /** May be given several times. */
  readonly multiple?: true;
}

const boolean = { type: "boolean" } as const;
const string = <V extends string>(value: V) => ({ type: "string", value } as const);

/**
 * Every flag of every command. One name has one meaning and one type in the whole product,
 * which is what lets a flag stand anywhere on the line, before the command's name too.
 */
export const FLAGS = {
  help: { ...boolean, short: "h" },
  version: { ...boolean, short: "V" },
  json: boolean,
  yes: { ...boolean, short: "y" },
  to: string("PEER"),
  db: string("FILE"),

  action: string("PREFIX"),
  actor: string("NAME"),
  alias: string("LABEL"),
  app: string("APP"),
  approve: boolean,
  config: boolean,
  cap: { ...string("GRANT"), multiple: true },
  data: { ...string("BODY"), short: "d" },
  default: boolean,
  deny: boolean,
  domain: string("DOMAIN"),
  bucket: string("BUCKET"),
  download: boolean,
  "dry-run": boolean,
  eval: { ...string("CODE"), short: "e" },
  endpoint: string("URL"),
  expires: string("30d"),
  failed: boolean,
  fields: string("PATHS"),
  format: string("csv|json|ndjson"),
  follow: { ...boolean, short: "f" },
  force: boolean,
  header: { ...string("NAME:VALUE"), short: "H", multiple: true },
  host: string("ADDRESS"),
  https: boolean,
  "https-port": string("N"),
  id: string("APP_ID"),
  input: string("JSON"),
  encrypt: boolean,
  "keep-data": boolean,
  "key-id": string("KEY_ID"),
  level: string("LEVEL"),
  limit: { ...string("N"), short: "n" },
  slow: boolean,
  list: boolean,
  by: string("hour|day|month|year"),
  at: string("PATH"),
  prebuilt: string("DIR"),
  prefix: string("PATH"),
  keep: string("90d"),
  "archive-after": string("30d"),
  archived: boolean,
  memory: string("MB"),
  "max-mb": string("N"),
  message: { ...string("TEXT"), short: "m" },
  name: string("NAME"),
  now: boolean,
  output: { ...string("FILE"), short: "o" },
  "no-build": boolean,
  "no-data": boolean,
  password: boolean,
  persist: boolean,
  private: boolean,
  plain: boolean,
  primary: boolean,
  print: boolean,
  port: { ...string("N"), short: "p" },
  purge: boolean,
  put: boolean,
  redirect: string("URL"),
  reason: string("REASON"),
  region: string("REGION"),
  remove: boolean,
  removed: boolean,
  "reset-totp": boolean,
  result: string("ok|failed|CODE"),
  revision: string("N"),
  role: string("serve|redirect"),
  scope: { ...string("SCOPE"), multiple: true },
  search: string("TEXT"),
  "sign-out": boolean,
  since: string("1h"),
  skip: string("N"),
  sort: string("PATHS"),
  template: string("KIND"),
  timeout: string("5s"),
  title: string("TITLE"),
  token: string("TOKEN"),
  ttl: string("30d"),
  type: string("MEDIA_TYPE"),
  upsert: boolean,
  until: string("1h"),
  url: string("URL"),
  user: string("USER_ID"),
  value: string("VALUE"),
  "virtual-host": boolean,
  write: boolean,
  zip: string("FILE"),
  from: string("N"),
  kind: string("path|referrer|…"),
  request: string("REQUEST_ID"),
  status: string("302"),
  step: string("minute|hour|day"),
  "no-storage": boolean,
  off: boolean,
  preview: boolean,
  text: boolean,
  "to-revision": string("N"),
  auth: string("SECRET"),
  check: boolean,
  grant: { ...string("GRANT"), multiple: true },
  key: string("KEY"),
  market: string("NAME"),
  ref: string("REF"),
  trust: string("KEY"),
  rollback: boolean,
  "allow-unsigned": boolean,
  "user-unit": boolean,
  "run-as": string("USER"),
} as const satisfies Readonly<Record<string, FlagSpec>>;

/** The name of a flag, without its dashes. */
export type FlagName = keyof typeof FLAGS;

/** Flags that every command takes, with their line of help. */
export const GLOBAL_FLAGS = {
  help: "show help",
  json: "print data as JSON on stdout",
  yes: "answer yes to every question",
  to: "speak to this peer (same as @PEER)",
  db: "the local database (default FAZT_DB, else ~/.fazt/data.db)",
} as const satisfies Partial<Record<FlagName, string>>;

/** Flags of every command whose first argument is an app; they stand in its place. */
export const APP_FLAGS = {
  id: "the app by its id only",
  alias: "the app by an alias only",
} as const satisfies Partial<Record<FlagName, string>>;

/** What a flag holds once read. */
export type FlagValue<F extends FlagName> = (typeof FLAGS)[F] extends { multiple: true } ? string[]
  : (typeof FLAGS)[F] extends { type: "string" } ? string
  : boolean;

/** The flags a command declared plus the global ones; absent when not given. */
export type FlagValues<F extends FlagName> = {
  readonly [K in F | keyof typeof GLOBAL_FLAGS]?: FlagValue<K>;
};
