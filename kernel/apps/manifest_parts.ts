import { isEventPattern } from "../events/mod.ts";
import { vfsPath } from "../fs/mod.ts";
import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import { parseDuration } from "../lib/duration.ts";
import { RATE_TEXT } from "../lib/rate_text.ts";
import { SIZE_TEXT } from "../lib/size_text.ts";
import { z } from "../lib/zod.ts";
import { cronFault } from "./cron_schedule.ts";
import { parseGrant } from "./grants.ts";
import { strictObject } from "./strict_object.ts";

/** What another function throws becomes the issue of a field. */
function check<T>(judge: (value: T) => void) {
  return (value: T, ctx: z.RefinementCtx) => {
    try {
      judge(value);
    } catch (error) {
      const { message, hint } = toFaztError(error);
      ctx.addIssue({ code: "custom", message: hint ? `${message}; ${hint}` : message });
    }
  };
}

function fail(message: string): never {
  throw new FaztError("INVALID", message);
}

/** One line of text that people read: no control or direction-changing characters. */
export function line(max: number) {
  return z.string().max(max).refine(
    // deno-lint-ignore no-control-regex -- these are the characters that must not get through
    (text) => !/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/.test(text),
    "has control characters",
  );
}

/** A duration such as `"30s"`, at most `max` milliseconds. */
export function duration(max: number, shown: string) {
  return z.string().max(20).superRefine(check((text: string) => {
    if (parseDuration(text) > max) fail(`"${text}" is longer than ${shown}`);
  }));
}

/** One entry of `permissions`, in its canonical spelling. */
export const grant = z.string().max(1100).superRefine(
  check((text: string) => void parseGrant(text)),
).overwrite((text) => {
  try {
    return parseGrant(text).text;
  } catch {
    return text;
  }
});

/** A module under `api/` that the node calls. */
export const handler = z.string().max(1024).superRefine(check((path: string) => {
  vfsPath(path);
  if (!/^api\/.+\.(?:ts|tsx|mts|cts|js|jsx|mjs|cjs)$/.test(path)) {
    fail(`"${path}" is not a module under api/`);
  }
}));

/** A pattern of event names. */
export const eventPattern = z.string().max(200).refine(
  isEventPattern,
  'must look like "app:shop.order.*" or "system.*"',
);

const timezone = z.string().max(64).refine((zone) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, "is not an IANA time zone such as Europe/Berlin");

/** One entry of `cron`. */
export const cron = strictObject({
  schedule: z.string().max(200).superRefine(check((text: string) => {
    const fault = cronFault(text);
    if (fault) fail(`is not a cron schedule: ${fault}`);
  })),
  handler,
  timezone: timezone.optional(),
  timeout: duration(300_000, "5m").optional(),
  skipIfRunning: z.boolean().optional(),
  retry: strictObject({
    attempts: z.int().min(0).max(3),
    backoff: duration(86_400_000, "1d").optional(),
  }).optional(),
});

/** One entry of `env`. */
export const env = strictObject({
  name: z.string().max(128).regex(/^[A-Z_][A-Z0-9_]*$/i, "must be letters, digits and _"),
  description: line(500).optional(),
  required: z.boolean().optional(),
  default: z.string().max(65536).optional(),
  secret: z.boolean().optional(),
});

/** Headers the node itself answers for; an app that set them could break a response. */
const OWN_HEADERS = new Set(
  ("connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding " +
    "upgrade content-length content-encoding content-range etag date host set-cookie x-request-id")
    .split(" "),
);

/** One entry of `headers`: what responses for paths that match a glob carry besides. */
export const headers = strictObject({
  path: z.string().min(1).max(1024).regex(/^\/[^\s\\]*$/, "must start with /"),
  set: z.record(
    z.string().max(100).regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "is not a header name (RFC 9110)")
      .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), "is set by the node itself"),
    z.string().max(8192).regex(/^[\t\x20-\x7e\x80-\xff]*$/, "has a character no header may have"),
  ),
});

/** One entry of `redirects`; `to` is a path here or a whole URL, never `//host`. */
export const redirect = strictObject({
  from: z.string().max(1024).regex(/^\/(?!\/)[^\s\\]*$/, "must be a path that starts with one /"),
  to: z.string().max(2048).regex(
    /^(?:\/(?!\/)|https?:\/\/[^\s\\/])[^\s\\]*$/,
    "must be a path that starts with one /, or a URL",
  ),
  status: z.union([301, 302, 303, 307, 308].map((n) => z.literal(n))).optional(),
});

const perTime = z.string().regex(RATE_TEXT, 'must look like "5/min" (s, min, h or d)').optional();
/** Rate rules of one path. */
export const rate = strictObject({ perAddress: perTime, perApp: perTime, perKey: perTime }).refine(
  (rule) => Object.keys(rule).length > 0,
  "names no rate: perAddress, perApp or perKey",
);

/** A path of app code as rules name it; `*` stands for a part of one, a final `/*` for the rest. */
const routePath = z.string().max(1024).regex(
  /^\/?api(?:\/[^\s\\]*)?$/,
  'must be a path of app code such as "api/login" or "api/*"',
);

/** Something said of up to 100 paths of app code. */
export const perRoute = <T extends z.ZodType>(rule: T) =>
  z.record(routePath, rule).refine(
    (rules) => Object.keys(rules).length <= 100,
    "has more than 100 paths",
  );

/** A size such as `"64kb"`. */
export const size = z.string().regex(SIZE_TEXT, 'must look like "64kb" or "10mb"');

/** Where a kind of storage lives. */
export const provider = z.string().max(500).regex(
  /^(?:internal|external:s3:\/\/[^\s]+)$/,
  'must be "internal" or "external:s3://…"',
);

const headerName = z.string().max(100).regex(
  /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/,
  "is not a header name (RFC 9110)",
);
/** `https://shop.example`, `https://*.example.com`, `http://localhost:3000` or `*`. */
const origin = z.string().max(300).regex(
  /^(?:\*|https?:\/\/(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?)$/,
  'must be an origin such as "https://shop.example" or "https://*.example.com", or "*"',
);
/** `cors`: which pages of other sites may read what the app answers. */
export const cors = strictObject({
  origins: z.array(origin).min(1).max(100),
  methods: z.array(z.string().max(20).regex(/^[A-Z]+$/, "must be a method such as GET")).max(20)
    .optional(),
  headers: z.array(headerName).max(100).optional(),
  expose: z.array(headerName).max(100).optional(),
  credentials: z.boolean().optional(),
  maxAge: duration(86_400_000, "1d").optional(),
}).refine(
  ({ origins, credentials }) => !credentials || !origins.includes("*"),
  'cannot allow credentials to every origin: name them instead of "*"',
);
