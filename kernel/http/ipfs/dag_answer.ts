import { CID } from "multiformats/cid";
import type { Content, DagScope, FolderPlace, Place } from "../../content/mod.ts";
import { type Block, carFrame, carHeader } from "../../fs/mod.ts";
import { matchesEtag } from "../static/mod.ts";
import { IMMUTABLE } from "./headers.ts";

/** What a request wants instead of the content itself. */
export interface DagFormat {
  readonly format: "raw" | "car";
  readonly scope: DagScope;
}

const SCOPES: readonly string[] = ["block", "entity", "all"];

/**
 * Which form a request wants (IPFS trustless gateway): undefined is the content itself, `"bad"` a
 * form there is none of.
 */
export function wantedFormat(
  request: Request,
  query: URLSearchParams,
): DagFormat | "bad" | undefined {
  const scope = query.get("dag-scope") ?? "all";
  const named = query.get("format");
  const accept = request.headers.get("accept") ?? "";
  const format = named ??
    (/\bapplication\/vnd\.ipld\.car\b/.test(accept)
      ? "car"
      : /\bapplication\/vnd\.ipld\.raw\b/.test(accept)
      ? "raw"
      : undefined);
  if (format === undefined) return undefined;
  if ((format !== "raw" && format !== "car") || !SCOPES.includes(scope)) return "bad";
  return { format, scope: scope as DagScope };
}

/** What a DAG is answered with. */
export interface DagAnswer {
  readonly content: Content;
  /** The folders on the way to it, the top first. */
  readonly way: readonly FolderPlace[];
  readonly place: Place;
  readonly wanted: DagFormat;
  readonly headers: readonly [string, string][];
  readonly sent: { sent(bytes: number): void };
}

/** Answers with blocks that whoever asks can check against the cid. */
export async function dagAnswer(request: Request, answer: DagAnswer): Promise<Response> {
  const { content, place, wanted: { format, scope }, sent } = answer;
  const etag = format === "raw" ? `"${place.cid}.raw"` : `W/"${place.cid}.car.${scope}"`;
  const condition = request.headers.get("if-none-match");
  const fields: [string, string][] = [
    ...answer.headers,
    ["etag", etag],
    ["cache-control", IMMUTABLE],
    ["vary", "accept"],
  ];
  if (condition !== null && matchesEtag(condition, etag.replace(/^W\//, ""))) {
    return new Response(null, { status: 304, headers: fields });
  }
  const name = `${place.cid}.${format === "raw" ? "bin" : "car"}`;
  fields.push(["content-disposition", `attachment; filename="${name}"`]);
  if (format === "raw") {
    const block = await content.block(place);
    fields.push(["content-type", "application/vnd.ipld.raw"]);
    fields.push(["content-length", String(block.length)]);
    if (request.method === "HEAD") return new Response(null, { headers: fields });
    sent.sent(block.length);
    return new Response(block as Uint8Array<ArrayBuffer>, { headers: fields });
  }
  fields.push(["content-type", "application/vnd.ipld.car; version=1; order=dfs; dups=n"]);
  if (request.method === "HEAD") return new Response(null, { headers: fields });
  return new Response(carStream(answer), { headers: fields });
}

/** A CAR of the blocks on the way and of the content, made as it is read. */
export function carStream(
  { content, way, place, wanted: { scope }, sent }: Omit<DagAnswer, "headers">,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const parts = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield carHeader(CID.parse(place.cid));
    for (const folder of way) yield* framed(await content.blocks(folder, "entity"));
    yield* framed(await content.blocks(place, scope));
  }();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) return controller.close();
      sent.sent(value.length);
      controller.enqueue(value);
    },
    async cancel() {
      await parts.return(undefined);
    },
  }, { highWaterMark: 0 });
}

async function* framed(
  blocks: AsyncIterable<Block>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const { cid, bytes } of blocks) yield carFrame(cid, bytes);
}
