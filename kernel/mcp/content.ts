import { FaztError } from "../lib/fazt_error.ts";

const encoder = new TextEncoder();

/**
 * The bytes that a client sent as text or base64.
 * @throws {FaztError} `INVALID` unless it is exactly one of them.
 */
export function bytesOf(
  { path, text, base64 }: {
    readonly path: string;
    readonly text?: string | undefined;
    readonly base64?: string | undefined;
  },
): Uint8Array {
  const name = JSON.stringify(path.slice(0, 200));
  if ((text === undefined) === (base64 === undefined)) {
    throw new FaztError("INVALID", `Cannot take ${name}: it needs either text or base64`, {
      hint: 'such as {"path": "index.html", "text": "<h1>Hello</h1>"}',
    });
  }
  if (text !== undefined) return encoder.encode(text);
  try {
    return Uint8Array.fromBase64(base64!);
  } catch (cause) {
    throw new FaztError("INVALID", `Cannot take ${name}: its base64 is not valid`, {
      hint: "send text as text; base64 is for images, fonts and the like",
      cause,
    });
  }
}

/** Content for a client: text where it is text. */
export interface Shown {
  readonly text?: string;
  readonly base64?: string;
  /** Bytes that it holds. */
  readonly bytes: number;
}

/** Bytes as text, else as base64; a character that was cut at the end is left out. */
export function show(bytes: Uint8Array): Shown {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const text = decoder.decode(bytes, { stream: true });
    if (!text.includes("\0")) return { text, bytes: encoder.encode(text).length };
  } catch { /* it is no text */ }
  return { base64: bytes.toBase64(), bytes: bytes.length };
}

/** Reads part of a stream and lets the rest of it go. */
export async function readPart(
  stream: ReadableStream<Uint8Array>,
  { offset, max }: { readonly offset: number; readonly max: number },
): Promise<Uint8Array> {
  const part = new Uint8Array(max);
  let at = 0;
  let filled = 0;
  for await (const chunk of stream) {
    const from = Math.max(0, offset - at);
    if (from < chunk.length) {
      const piece = chunk.subarray(from, from + max - filled);
      part.set(piece, filled);
      filled += piece.length;
    }
    at += chunk.length;
    if (filled === max) break;
  }
  return part.subarray(0, filled);
}
