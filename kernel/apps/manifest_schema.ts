import { z } from "../lib/zod.ts";
import {
  cors,
  cron,
  env,
  eventPattern,
  grant,
  handler,
  headers,
  line,
  perRoute,
  provider,
  rate,
  redirect,
  size,
} from "./manifest_parts.ts";
import { isSemver } from "./semver.ts";
import { strictObject } from "./strict_object.ts";

const semver = z.string().max(100).refine(isSemver, "must be a semantic version such as 1.0.0");
const cap = z.int().min(1).max(1_000_000_000).optional();
const flag = z.boolean().optional();

/** What an app may lower of the owner's limits; same names and units as the settings `limits.*`. */
const limits = strictObject({
  runtime: strictObject({
    seconds: cap,
    heapMb: z.int().min(8).max(65536).optional(),
    concurrency: cap,
    isolatesPerApp: cap,
    moduleMb: cap,
    consoleKb: cap,
    syscallsInFlight: cap,
    syscallsPerSecond: cap,
    idleSeconds: cap,
  }).optional(),
  request: strictObject({ bodyMb: cap, headerKb: cap, bodySeconds: cap }).optional(),
  vfs: strictObject({ fileMb: cap, appMb: cap }).optional(),
  storage: strictObject({
    appMb: cap,
    kv: strictObject({ keyBytes: cap, valueMb: cap, keys: cap }).optional(),
    ds: strictObject({ documentMb: cap, perCollection: cap }).optional(),
    s3: strictObject({ blobMb: cap, streamedGb: cap, appGb: cap }).optional(),
  }).optional(),
  events: strictObject({ kb: cap, perSecond: cap, subscriptions: cap, keepDays: cap }).optional(),
  net: strictObject({
    perMinute: cap,
    outMb: cap,
    inMb: cap,
    seconds: cap,
    egressGbPerMonth: z.number().positive().max(1_000_000).optional(),
  }).optional(),
  cron: strictObject({ minutes: cap, retries: cap }).optional(),
  sandbox: strictObject({ seconds: cap, memoryMb: cap, codeKb: cap, outputMb: cap }).optional(),
});

/** `app.json`: every field there is; an unknown key is an error at every level. */
export const MANIFEST_SCHEMA = strictObject({
  $schema: z.string().max(2048).optional(),
  name: z.string().max(63).regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    "must be lower-case letters, digits and -, at most 63, such as my-app",
  ),
  title: line(100).optional(),
  version: semver.optional(),
  description: line(200).optional(),
  author: line(200).optional(),
  license: line(100).optional(),
  homepage: z.string().max(2048).regex(/^https?:\/\/[^\s]+$/, "must be an http(s) URL").optional(),
  icon: line(1024).optional(),
  tags: z.array(line(50)).max(20).optional(),
  fazt: strictObject({ minVersion: semver.optional(), maxVersion: semver.optional() }).optional(),
  permissions: z.array(grant).max(100).default([]),
  env: z.array(env).max(100).default([]),
  cron: z.array(cron).max(10).default([]),
  events: z.array(strictObject({ on: eventPattern, handler })).max(50).default([]),
  limits: limits.optional(),
  rate: perRoute(rate).optional(),
  body: perRoute(size).optional(),
  spa: flag,
  cleanUrls: flag,
  analytics: flag,
  headers: z.array(headers).max(200).default([]),
  cors: cors.optional(),
  redirects: z.array(redirect).max(2000).default([]),
  visibility: z.enum(["unlisted", "public", "private", "vpn-only", "internal"]).default("unlisted"),
  storage: strictObject({
    kv: provider.optional(),
    ds: provider.optional(),
    rd: provider.optional(),
    s3: provider.optional(),
  }).optional(),
});

/** A manifest that was checked, defaults filled in. */
export type Manifest = z.output<typeof MANIFEST_SCHEMA>;

/** The JSON Schema of `app.json` (draft 2020-12), for editors. */
export function manifestJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(MANIFEST_SCHEMA, { io: "input", unrepresentable: "any" }),
    title: "Fazt app.json",
  };
}
