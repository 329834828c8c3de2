import { parseRange } from "../../http/static/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import type { Caller, Syscall } from "../../syscall/mod.ts";
import { pillarCalls } from "../scope.ts";
import type { Owner } from "../usage.ts";
import { IsolateHandles } from "./isolate_handles.ts";
import type { ObjectHead, Range } from "./object.ts";
import type { ObjectStore } from "./object_store.ts";

/** What an isolate sends at once, bytes; its own side sends no more. */
const PIECE = 1_048_576;
/** An object up to this is answered at once, bytes. */
const AT_ONCE = 262_144;
/** How long an upload may be silent, and a reader, ms. */
const UPLOAD_IDLE_MS = 60_000;
const READ_IDLE_MS = 600_000;

const call = pillarCalls("s3");
const path = z.string().max(4096);
const id = z.int().min(1);
const bytes = z.instanceof(Uint8Array).refine((b) => b.length <= PIECE, "is too large a piece");
const about = {
  path,
  type: z.string().max(512).optional(),
  metadata: z.record(z.string().max(64), z.string().max(1024)).optional(),
};
const position = z.int().min(0);
const range = z.union([
  z.string().max(200),
  z.object({ start: position.optional(), end: position.optional() }),
]).optional();

/** An object that an isolate is writing. */
interface Writing {
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly done: Promise<ObjectHead>;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/**
 * `fazt.storage.s3`. Content travels in pieces, each only when the one before was taken: `s3.begin`,
 * `s3.write`, `s3.commit` to store, `s3.open`, `s3.read`, `s3.close` to read.
 */
export function s3Syscalls(store: ObjectStore): Syscall[] {
  const writings = new IsolateHandles<Writing>({
    drop: ({ writer }) => void writer.abort(gone()).catch(() => {}),
    idleMs: UPLOAD_IDLE_MS,
  });
  const readers = new IsolateHandles<Reader>({
    drop: (reader) => void reader.cancel().catch(() => {}),
    idleMs: READ_IDLE_MS,
  });
  const open = async (owner: Owner, caller: Caller, head: ObjectHead, part: Range) => {
    const body = await store.open(owner, head, part);
    if (part.end - part.start <= AT_ONCE) return { head, part, bytes: await collect(body, part) };
    return { head, part, id: readers.add(caller, body.getReader()) };
  };
  return [
    call(
      "put",
      z.object({ ...about, bytes }),
      (owner, i) => store.put(owner, i.path, { ...i, body: i.bytes }),
    ),
    call(
      "begin",
      z.object({ ...about, size: position.optional() }),
      (owner, i, caller) => {
        const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
        const done = store.put(owner, i.path, {
          ...i,
          body: readable,
          // Its size is known where the isolate holds all of it.
          whole: i.size !== undefined,
        });
        // Told at the next piece, or at the end.
        done.catch(() => {});
        return writings.add(caller, { writer: writable.getWriter(), done });
      },
    ),
    call("write", z.object({ id, chunk: bytes }), async (_owner, i, caller) => {
      const { writer, done } = writings.get(caller, i.id);
      try {
        // An upload that fails takes no more: what it failed with says why.
        await Promise.race([writer.write(i.chunk), done]);
      } catch {
        writings.take(caller, i.id);
        await done;
        throw gone();
      }
    }),
    call("commit", z.object({ id }), async (_owner, i, caller) => {
      const { writer, done } = writings.get(caller, i.id);
      writings.take(caller, i.id);
      writer.close().catch(() => {});
      return await done;
    }),
    call("abort", z.object({ id }), (_owner, i, caller) => {
      writings.take(caller, i.id)?.writer.abort(gone()).catch(() => {});
    }),
    call("open", z.object({ path, range }), async (owner, i, caller) => {
      const head = await store.head(owner, i.path);
      return head && await open(owner, caller, head, partOf(head, i.range));
    }),
    call("read", z.object({ id }), async (_owner, i, caller) => {
      const reader = readers.get(caller, i.id);
      try {
        const { done, value } = await reader.read();
        if (done) readers.take(caller, i.id);
        return value;
      } catch (error) {
        readers.take(caller, i.id);
        throw error;
      }
    }),
    call("close", z.object({ id }), (_owner, i, caller) => {
      readers.take(caller, i.id)?.cancel().catch(() => {});
    }),
    call("head", z.object({ path }), (owner, i) => store.head(owner, i.path)),
    call("delete", z.object({ path }), (owner, i) => store.delete(owner, i.path)),
    call(
      "list",
      z.object({
        prefix: z.string().max(4096),
        limit: z.int().min(1).optional(),
        cursor: z.string().max(4096).optional(),
        delimiter: z.literal("/").optional(),
      }),
      (owner, i) => store.list(owner, i.prefix, i),
    ),
    call("copy", z.object({ from: path, to: path }), (owner, i) => store.copy(owner, i.from, i.to)),
    call(
      "url",
      z.object({
        path,
        method: z.enum(["GET", "PUT"]).optional(),
        expiresMs: z.number().finite().optional(),
        download: z.union([z.string().max(255), z.boolean()]).optional(),
        maxBytes: position.optional(),
        type: about.type,
      }),
      (owner, i) => store.url(owner, i.path, i),
    ),
  ];
}

const gone = () => new FaztError("BAD_REQUEST", "Cannot store: the upload was given up");

/** The part an app asks for, as positions or as the value of a `Range` header. */
function partOf({ size }: ObjectHead, asked: z.output<typeof range>): Range {
  const all = { start: 0, end: size };
  if (asked === undefined) return all;
  const part = typeof asked === "string"
    ? parseRange(asked, size) ?? all
    : { start: asked.start ?? 0, end: Math.min(asked.end ?? size, size) };
  if (part !== "unsatisfiable" && part.start <= part.end) return part;
  throw new FaztError("RANGE", `Cannot read this part: the object has ${size} bytes`, {
    status: 416,
    details: { size },
  });
}

async function collect(body: ReadableStream<Uint8Array>, part: Range): Promise<Uint8Array> {
  const all = new Uint8Array(part.end - part.start);
  let at = 0;
  for await (const chunk of body) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
