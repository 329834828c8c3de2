/** `node:string_decoder`: the npm twin, which takes only Buffers, for any view of bytes. */
import { Buffer } from "node:buffer";
import { StringDecoder as BufferDecoder } from "string_decoder";

type Chunk = string | ArrayBufferView;

/** Decodes text that arrives in pieces, keeping back the bytes of a cut character. */
class StringDecoder extends BufferDecoder {
  override write(chunk: Chunk): string {
    return super.write(asBuffer(chunk) as Buffer);
  }

  override end(chunk?: Chunk): string {
    return chunk === undefined ? super.end() : super.end(asBuffer(chunk) as Buffer);
  }
}

function asBuffer(chunk: Chunk): Buffer | string {
  if (typeof chunk === "string") return chunk;
  return Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength);
}

export { StringDecoder };
export default { StringDecoder };
