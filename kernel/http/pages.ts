const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1rem;" +
  "color:#1c1c1e;background:#fff}h1{font-size:1.6rem;margin:0 0 .5rem}code{background:#8882;" +
  "padding:.15em .4em;border-radius:.3em}a{color:inherit}" +
  "@media(prefers-color-scheme:dark){body{color:#e8e8ea;background:#161618}}";

/** Only this page's own style may run on it. */
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
};

function page(status: number, { title, body, headers = {}, method = "GET" }: {
  readonly title: string;
  /** HTML of our own; nothing of a request's ever stands in it. */
  readonly body: string;
  readonly headers?: Record<string, string>;
  readonly method?: string;
}): Response {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>` +
    `<style>${STYLE}</style><h1>${title}</h1>${body}</html>`;
  return new Response(method === "HEAD" ? null : html, {
    status,
    headers: { ...HEADERS, ...headers },
  });
}

/** What the bare domain shows: system app *root*. */
export function rootPage(method: string): Response {
  return page(200, {
    title: "Fazt is running",
    body: "<p>This is a personal cloud: sites and apps live here, each at its own name.</p>" +
      "<p>Deploy a folder with <code>fazt app deploy ./my-site</code>.</p>",
    method,
  });
}

/** What a host or path without anything shows: system app *404*. */
export function notFoundPage(method: string): Response {
  return page(404, {
    title: "Nothing is here",
    body: "<p>No app answers at this address, or the app has no such page.</p>",
    method,
  });
}

const REASONS: Readonly<Record<number, string>> = {
  400: "This address cannot be read",
  405: "This page can only be read",
  425: "This request may have been sent twice; send it again",
  421: "This node does not answer for that host",
  429: "This page was asked for too often; try again later",
  431: "The request's headers are too large",
  500: "The page could not be read",
  503: "The node cannot answer now; try again in a moment",
};

/** A request that is not answered, without saying more than its status does. */
export function refusedPage(status: number, headers: Record<string, string> = {}): Response {
  return page(status, { title: REASONS[status] ?? "Refused", body: "", headers });
}
