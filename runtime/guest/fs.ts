/** What {@link createFs} needs. */
export interface FsDeps {
  readonly syscall: (name: string, input: object) => Promise<unknown>;
  /** Where the app answers. */
  readonly url: string;
}

/**
 * Builds `fazt.fs`: content by its id.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createFs({ syscall, url }: FsDeps): object {
  const NativeResponse = Response;
  const bytesOf = async (content: unknown): Promise<Uint8Array> => {
    if (content instanceof Uint8Array) return content.slice();
    return new Uint8Array(await new NativeResponse(content as BodyInit).arrayBuffer());
  };
  return {
    cid: (path: unknown) => syscall("fs.cid", { path: String(path) }),
    ipfsUrl: async (path: unknown) => `${url}${await syscall("fs.path", { path: String(path) })}`,
    hasCid: (cid: unknown) => syscall("fs.has", { cid: String(cid) }),
    get: (cid: unknown) => syscall("fs.get", { cid: String(cid) }),
    add: async (content: unknown, options: { name?: string; public?: boolean } = {}) =>
      await syscall("fs.add", { ...options, bytes: await bytesOf(content) }),
    unpin: (cid: unknown) => syscall("fs.unpin", { cid: String(cid) }),
    pins: () => syscall("fs.pins", {}),
  };
}
