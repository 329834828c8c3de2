import { toFaztError } from "../lib/fazt_error.ts";
import { type ObjectHead, type ObjectStore, SIGNED_PATH } from "../storage/mod.ts";
import { answerObject } from "./object_answer.ts";
import { bodyOf, lengthOf } from "./api/mod.ts";
import { refusedPage } from "./pages.ts";

/** Answers a request for a signed address on an app's host. */
export type SignedObjects = (request: Request, appId: string, path: string) => Promise<Response>;

/** What {@link createSignedObjects} works with. */
export interface SignedObjectsDeps {
  readonly store: ObjectStore;
  /** Whether the app still may use objects: what it signed before ends with that. */
  readonly mayUse: (appId: string) => boolean;
  /** Time a body may take, s. */
  readonly bodySeconds: () => number;
  readonly onError: (error: unknown) => void;
}

/** Types that do nothing of their own in a browser's window. */
const INERT =
  /^(?:image\/(?!svg)|audio\/|video\/|font\/|text\/plain(?:;|$)|application\/pdf(?:;|$))/i;
/** Uses of a response as code of the page that asks. */
const AS_CODE = new Set([
  "script",
  "worker",
  "sharedworker",
  "serviceworker",
  "audioworklet",
  "paintworklet",
  "style",
  "xslt",
  "manifest",
  "json",
]);
const SAFE: readonly [string, string][] = [
  ["x-content-type-options", "nosniff"],
  // What people upload is none of the app's own pages, even though it has the same origin.
  [
    "content-security-policy",
    "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'",
  ],
  ["referrer-policy", "no-referrer"],
  ["x-robots-tag", "noindex"],
  // For the one who has the address only, and asked for again each time: it ends.
  ["cache-control", "private, no-cache"],
];

/**
 * Serves and takes objects at signed addresses. Whatever is wrong with an address, the answer is
 * the same 403.
 */
export function createSignedObjects(deps: SignedObjectsDeps): SignedObjects {
  return async (request, appId, path) => {
    try {
      const token = path.slice(SIGNED_PATH.length);
      const ticket = deps.mayUse(appId) ? deps.store.ticket(appId, token) : undefined;
      const wanted = request.method === "HEAD" ? "GET" : request.method;
      if (ticket === undefined || ticket.method !== wanted) return refusedPage(403);
      const owner = { appId, userId: ticket.userId };
      if (ticket.method === "PUT") return await take(request, deps, ticket);
      if (AS_CODE.has(request.headers.get("sec-fetch-dest") ?? "")) return refusedPage(403);
      const head = await deps.store.head(owner, ticket.path);
      if (head === undefined) return refusedPage(404);
      return await answerObject(request, deps.store, {
        owner,
        head,
        always: SAFE,
        content: [
          ["content-type", head.type],
          ["content-disposition", dispositionOf(head, ticket)],
        ],
      });
    } catch (thrown) {
      const error = toFaztError(thrown);
      if (error.code === "INTERNAL") deps.onError(thrown);
      return Response.json({ error: error.toBody() }, { status: error.status, headers: NO_STORE });
    }
  };
}

const NO_STORE = { "cache-control": "no-store" };
type Ticket = NonNullable<ReturnType<ObjectStore["ticket"]>>;

async function take(request: Request, deps: SignedObjectsDeps, ticket: Ticket): Promise<Response> {
  const { appId, userId, path, maxBytes } = ticket;
  const type = request.headers.get("content-type") ?? undefined;
  if (ticket.type !== undefined && type !== ticket.type) {
    await request.body?.cancel();
    return refusedPage(403);
  }
  const size = lengthOf(request);
  const head = await deps.store.put({ appId, userId }, path, {
    body: bodyOf(request, { seconds: deps.bodySeconds(), upload: true }),
    type,
    maxBytes,
    size,
  });
  return Response.json({ data: head }, { status: 201, headers: NO_STORE });
}

/** RFC 6266; what could act in the app's name is a file to save unless the app says otherwise. */
function dispositionOf(head: ObjectHead, { download }: Ticket): string {
  const attached = download ?? !INERT.test(head.type);
  const name = typeof download === "string"
    ? download
    : head.path.slice(head.path.lastIndexOf("/") + 1);
  const encoded = encodeURIComponent(name.toWellFormed())
    .replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${attached === false ? "inline" : "attachment"}; filename*=UTF-8''${encoded}`;
}
