import { PassThrough, pipeline, type Readable } from "node:stream";
import { constants, createBrotliDecompress, createGunzip } from "node:zlib";
import { isNetError, netError } from "./errors.ts";
import { type Header, headerOf } from "./headers.ts";

/** Statuses without a body (Fetch standard, null body status). */
const NO_BODY = new Set([204, 205, 304]);
/** Bytes that wait for a slow reader; small bodies are received whole and free the connection. */
const WINDOW = 65_536;
/** Encodings undone one after the other at most; honest servers use one. */
const MAX_LAYERS = 2;

/** What is known of an answer before its body. */
export interface BodyHead {
  readonly host: string;
  readonly method: string;
  readonly status: number;
  readonly headers: readonly Header[];
}

/** An answer's body as an app gets it, and the headers that fit it. */
export interface DecodedBody {
  readonly headers: readonly Header[];
  readonly body: ReadableStream<Uint8Array> | null;
}

/** Options of {@link incomingBody}. */
export interface BodyOptions {
  /** Unpacked. */
  readonly maxBytes: number;
  /** Ends the body with its reason. */
  readonly signal: AbortSignal;
  /** Called once: the bytes the app was given, and why there were no more. */
  readonly done: (bytes: number, error?: unknown) => void;
}

/**
 * Turns an answer into a stream of unpacked bytes. Produced bytes are counted, whatever a packed
 * body pretends; past `maxBytes` the stream fails with `NET_SIZE`.
 */
export function incomingBody(
  source: Readable,
  head: BodyHead,
  options: BodyOptions,
): DecodedBody {
  const { maxBytes, done } = options;
  if (head.method === "HEAD" || NO_BODY.has(head.status)) {
    source.resume();
    done(0);
    return { headers: head.headers, body: null };
  }
  const layers = layersOf(head);
  const announced = Number(headerOf(head.headers, "content-length") ?? 0);
  if (layers.length === 0 && announced > maxBytes) {
    const error = tooLarge(head.host, maxBytes);
    done(0, error);
    throw error;
  }
  const plain = layers.length === 0 ? source : unpack(source, layers);
  return {
    headers: layers.length === 0
      ? head.headers
      : head.headers.filter(([name]) => name !== "content-encoding" && name !== "content-length"),
    body: counted(plain, head.host, options),
  };
}

/** The encodings to undo, first one first; none if one of them is not known. */
function layersOf(head: BodyHead): string[] {
  const names = head.headers.filter(([name]) => name === "content-encoding")
    .flatMap(([, value]) => value.toLowerCase().split(",").map((name) => name.trim()))
    .filter((name) => name !== "" && name !== "identity");
  if (names.length > MAX_LAYERS) {
    throw netError("NET_ERROR", "its answer is packed too many times", {
      host: head.host,
      details: { reason: "encoding" },
    });
  }
  return names.every((name) => Object.hasOwn(DECODERS, name)) ? names.reverse() : [];
}

// A sync flush at the end: some servers leave the trailer off, as browsers accept.
const gunzip = () =>
  createGunzip({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH });
const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  br: () =>
    createBrotliDecompress({
      flush: constants.BROTLI_OPERATION_FLUSH,
      finishFlush: constants.BROTLI_OPERATION_FLUSH,
    }),
};

function unpack(source: Readable, layers: readonly string[]): Readable {
  const out = new PassThrough({ highWaterMark: WINDOW });
  // Errors reach `out`, which is what is read.
  pipeline([source, ...layers.map((name) => DECODERS[name]!()), out], () => {});
  return out;
}

function counted(
  source: Readable,
  host: string,
  { maxBytes, signal, done }: BodyOptions,
): ReadableStream<Uint8Array> {
  const parts = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let bytes = 0;
  let abort = () => {};
  const end = (error?: unknown) => {
    signal.removeEventListener("abort", abort);
    source.destroy();
    done(bytes, error);
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      abort = () => {
        end(signal.reason);
        controller.error(signal.reason);
      };
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    },
    async pull(controller) {
      try {
        const { done: ended, value } = await parts.next();
        if (signal.aborted) return;
        if (ended) {
          end();
          controller.close();
          return;
        }
        bytes += value.byteLength;
        if (bytes > maxBytes) throw tooLarge(host, maxBytes);
        // A plain view: Node's Buffer is a subclass with a pool behind it.
        controller.enqueue(new Uint8Array(value));
      } catch (error) {
        if (signal.aborted) return;
        const why = isNetError(error) ? error : broken(host);
        end(why);
        controller.error(why);
      }
    },
    cancel() {
      end();
    },
  }, new ByteLengthQueuingStrategy({ highWaterMark: WINDOW }));
}

function broken(host: string) {
  return netError("NET_ERROR", "its answer broke off or cannot be unpacked", {
    host,
    details: { reason: "broken" },
  });
}

function tooLarge(host: string, max: number) {
  return netError("NET_SIZE", `its answer has more than ${max} bytes`, {
    host,
    hint: "the owner can raise it: fazt config set limits.net.inMb <value>",
    details: { limit: "net.inMb", max },
  });
}
