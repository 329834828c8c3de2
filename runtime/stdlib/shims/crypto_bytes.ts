import { Buffer } from "node:buffer";

/** What the functions of `node:crypto` take as data. */
export type Data = string | ArrayBuffer | ArrayBufferView;

/** The bytes of `data`; text is UTF-8 unless its encoding is named. */
export function toBytes(data: Data, encoding?: string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, (encoding ?? "utf8") as "utf8");
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  const message = "The data must be a string, a Buffer, a typed array or an ArrayBuffer";
  throw failure(TypeError, "ERR_INVALID_ARG_TYPE", message);
}

/** An error with the `code` that Node gives it. */
export function failure(
  kind: new (message: string) => Error,
  code: string,
  message: string,
): Error {
  return Object.assign(new kind(message), { code });
}
