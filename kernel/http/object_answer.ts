import type { ObjectHead, ObjectStore, Owner } from "../storage/mod.ts";
import { matchesEtag, parseRange } from "./static/mod.ts";

type HeaderList = readonly (readonly [string, string])[];

/** Options of {@link answerObject}. */
export interface ObjectAnswer {
  readonly owner: Owner;
  readonly head: ObjectHead;
  /** On every answer. */
  readonly always: HeaderList;
  /** On those that have content, or tell of it. */
  readonly content: HeaderList;
}

/** Answers GET and HEAD for an object: entity tags, one byte range, conditions (RFC 9110). */
export async function answerObject(
  request: Request,
  store: ObjectStore,
  { owner, head, always, content }: ObjectAnswer,
): Promise<Response> {
  const etag = `"${head.etag}"`;
  const headers: [string, string][] = [
    ...always.map(([name, value]): [string, string] => [name, value]),
    ["etag", etag],
    ["last-modified", new Date(head.updatedAt).toUTCString()],
    ["accept-ranges", "bytes"],
  ];
  const condition = request.headers.get("if-none-match");
  if (condition !== null && matchesEtag(condition, etag)) {
    return new Response(null, { status: 304, headers });
  }
  const asked = request.method === "GET" ? request.headers.get("range") : null;
  const fresh = [null, etag].includes(request.headers.get("if-range"));
  const part = asked === null || !fresh ? undefined : parseRange(asked, head.size);
  if (part === "unsatisfiable") {
    headers.push(["content-range", `bytes */${head.size}`]);
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = part ?? { start: 0, end: head.size };
  for (const [name, value] of content) headers.push([name, value]);
  headers.push(["content-length", String(end - start)]);
  if (part) headers.push(["content-range", `bytes ${start}-${end - 1}/${head.size}`]);
  const body = request.method === "HEAD" ? null : await store.open(owner, head, { start, end });
  return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>> | null, {
    status: part ? 206 : 200,
    headers,
  });
}
