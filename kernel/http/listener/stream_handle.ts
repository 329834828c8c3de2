import process from "node:process";
import type { Socket } from "node:net";

/** What stands under a socket of Node's, whatever kind it is. It is not documented: see the self-test. */
export interface StreamHandle {
  onread: () => void;
  /** Of TLS, which keeps what is called in a place of its own. */
  _installNativeOnread?(onread: () => void): void;
  /** Where bytes are put instead of into new memory each time. */
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  /** 0, or a negative error; whether it is done already is in the shared state. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  shutdown(request: { oncomplete: (status: number) => void }): number;
}

interface WriteRequest {
  oncomplete: (status: number) => void;
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  readonly ShutdownWrap: new () => WriteRequest;
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kLastWriteWasAsync: number;
}

const { binding } = process as unknown as { binding(name: string): StreamBinding };

/** The state that all handles of a thread share with Deno, and the requests they take. */
export const streams: StreamBinding = binding("stream_wrap");

/** The handle of a socket that is connected. */
export function handleOf(socket: Socket): StreamHandle {
  return (socket as unknown as { _handle: StreamHandle })._handle;
}
