import type { Header } from "./headers.ts";

/** What came back. */
export interface EgressResponse {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case; repeated ones stay apart. */
  readonly headers: readonly Header[];
  /** Where the answer came from in the end, without fragment and secret. */
  readonly url: string;
  readonly redirected: boolean;
  /** Answered from memory. */
  readonly cached: boolean;
  /** Unpacked; fails with an error of egress. Read it or cancel it: an open one counts. */
  readonly body: ReadableStream<Uint8Array> | null;
}
