/** The few facts libraries ask of `process`; nothing of the real one. */
const process = {
  env: {},
  argv: [],
  browser: true,
  platform: "browser",
  version: "",
  versions: {},
  cwd: (): string => "/",
  emitWarning: (): void => {},
  nextTick: (run: (...args: unknown[]) => void, ...args: unknown[]): void => {
    queueMicrotask(() => run(...args));
  },
};

export { process };
export default process;
