/** `node:fs`: a file system without a file. */

type Callback = (error: Error) => void;

function absent(path: unknown): Error {
  return Object.assign(new Error(`ENOENT: apps have no files, so there is no '${path}'`), {
    code: "ENOENT",
  });
}

function sync(path: unknown): never {
  throw absent(path);
}

function later(path: unknown, ...rest: unknown[]): void {
  const callback = rest.findLast((one) => typeof one === "function") as Callback | undefined;
  queueMicrotask(() => callback?.(absent(path)));
}

const promised = (path: unknown): Promise<never> => Promise.reject(absent(path));

export const existsSync = (): boolean => false;
export const promises = { readFile: promised, stat: promised, access: promised };
export {
  later as access,
  later as readFile,
  later as stat,
  sync as createReadStream,
  sync as readFileSync,
  sync as statSync,
};
export default {
  access: later,
  createReadStream: sync,
  existsSync,
  promises,
  readFile: later,
  readFileSync: sync,
  stat: later,
  statSync: sync,
};
