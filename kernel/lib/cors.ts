/** Which pages of other sites may read what an app answers (Fetch standard, CORS protocol). */
export interface CorsRule {
  /** Exact origins; `*` among them is everybody. */
  readonly origins: ReadonlySet<string>;
  /** Scheme and end of origins whose first labels may be any: `https://`, `.example.com`. */
  readonly patterns: readonly { readonly scheme: string; readonly end: string }[];
  readonly methods: string;
  readonly headers: string;
  readonly expose: string;
  readonly credentials: boolean;
  /** Seconds for which a browser remembers. */
  readonly maxAge: number;
}

/** What an app's answer to a page of another site carries. */
export interface CorsVerdict {
  /** The whole answer, where a browser only asks whether it may ask. */
  readonly preflight?: Response;
  /** Fields of any other answer. */
  readonly fields: readonly (readonly [string, string])[];
}

/** Judges a request by an app's rule. Who is not allowed gets an answer that the page cannot read. */
export function judgeCors(rule: CorsRule, request: Request): CorsVerdict {
  const origin = request.headers.get("origin");
  const isOpen = rule.origins.has("*");
  // One URL, several answers: a cache must not hand one site's to another.
  const fields: [string, string][] = isOpen ? [] : [["vary", "origin"]];
  const asked = request.headers.get("access-control-request-method");
  const isPreflight = request.method === "OPTIONS" && origin !== null && asked !== null;
  const allowed = origin !== null && allows(rule, origin);
  if (!allowed) {
    return isPreflight ? { fields, preflight: answer(403, fields) } : { fields };
  }
  fields.push(["access-control-allow-origin", isOpen ? "*" : origin]);
  if (rule.credentials) fields.push(["access-control-allow-credentials", "true"]);
  if (!isPreflight) {
    if (rule.expose) fields.push(["access-control-expose-headers", rule.expose]);
    return { fields };
  }
  fields.push(["access-control-allow-methods", rule.methods]);
  if (rule.headers) fields.push(["access-control-allow-headers", rule.headers]);
  fields.push(["access-control-max-age", String(rule.maxAge)]);
  return { fields, preflight: answer(204, fields) };
}

/** Puts a verdict on an answer; the app's own word on the matter gives way to its rule. */
export function markCors(response: Response, { fields }: CorsVerdict): Response {
  for (const name of OWN) response.headers.delete(name);
  for (const [name, value] of fields) {
    if (name === "vary") response.headers.append(name, value);
    else response.headers.set(name, value);
  }
  return response;
}

const OWN = [
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-expose-headers",
];

function allows({ origins, patterns }: CorsRule, origin: string): boolean {
  if (origins.has("*") || origins.has(origin)) return true;
  return patterns.some(({ scheme, end }) =>
    origin.startsWith(scheme) && origin.endsWith(end) &&
    /^[a-z0-9.-]+$/.test(origin.slice(scheme.length, -end.length))
  );
}

function answer(status: number, fields: readonly (readonly [string, string])[]): Response {
  return new Response(null, {
    status,
    headers: fields.map(([name, value]): [string, string] => [name, value]),
  });
}

/** An app's `cors` made ready. */
export function corsRule(
  { origins, methods, headers, expose, credentials, maxAge }: {
    readonly origins: readonly string[];
    readonly methods?: readonly string[] | undefined;
    readonly headers?: readonly string[] | undefined;
    readonly expose?: readonly string[] | undefined;
    readonly credentials?: boolean | undefined;
    /** Milliseconds. */
    readonly maxAge?: number | undefined;
  },
): CorsRule {
  const isPattern = (origin: string) => origin.includes("://*.");
  return {
    origins: new Set(origins.filter((origin) => !isPattern(origin))),
    patterns: origins.filter(isPattern).map((origin) => {
      const at = origin.indexOf("*");
      return { scheme: origin.slice(0, at), end: origin.slice(at + 1) };
    }),
    methods: (methods ?? ["GET", "HEAD", "POST"]).join(", "),
    headers: (headers ?? []).join(", "),
    expose: (expose ?? []).join(", "),
    credentials: credentials ?? false,
    maxAge: Math.floor((maxAge ?? 600_000) / 1000),
  };
}
