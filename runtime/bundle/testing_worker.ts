// Runs one finished script with none of the globals that apps lack, for library_test.ts.

import { Script } from "node:vm";

const reply = self.postMessage.bind(self) as (message: unknown) => void;
const scope = globalThis as unknown as Record<string, unknown>;

self.onmessage = async ({ data: code }: MessageEvent<string>) => {
  const names =
    "Deno process Buffer global navigator require Worker caches location setImmediate " +
    "clearImmediate importScripts name close postMessage onmessage";
  for (const name of names.split(" ")) {
    if (!Reflect.deleteProperty(scope, name)) scope[name] = undefined;
  }
  try {
    const evaluate = new Script(code).runInThisContext() as () => Promise<
      { main: { default: () => unknown } }
    >;
    const { main } = await evaluate();
    reply({ value: await main.default() });
  } catch (error) {
    reply({ error });
  }
};
