import type { LifetimeOption } from "./lifetime.ts";
import type { PillarDeps } from "./storage.ts";

/**
 * Builds `fazt.storage.kv`: for the whole app, or for one person.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createKv({ codec, syscall, lifetime }: PillarDeps): object {
  type Listed = { items: { key: string; value: string; expiresAt?: number }[]; cursor?: string };
  const decode = (text: unknown) => text === undefined ? undefined : codec.decode(text as string);
  return {
    get: async (key: string) => decode(await syscall("kv.get", { key })),
    getMany: async (keys: string[]) =>
      (await syscall("kv.getMany", { keys }) as unknown[]).map(decode),
    set: async (key: string, value: unknown, options?: LifetimeOption) => {
      await syscall("kv.set", { key, value: codec.encode(value), ...lifetime(options) });
    },
    setMany: async (
      entries: Record<string, unknown> | [string, unknown][],
      options?: LifetimeOption,
    ) => {
      const ttl = lifetime(options);
      const pairs = Array.isArray(entries) ? entries : Object.entries(entries);
      await syscall("kv.setMany", {
        entries: pairs.map(([key, value]) => ({ key, value: codec.encode(value), ...ttl })),
      });
    },
    delete: (key: string) => syscall("kv.delete", { key }),
    list: async (prefix = "", options: { limit?: number; cursor?: string } = {}) => {
      const page = await syscall("kv.list", { prefix, ...options }) as Listed;
      return { ...page, items: page.items.map((i) => ({ ...i, value: decode(i.value) })) };
    },
    increment: (key: string, by = 1) => syscall("kv.increment", { key, by }),
    compareAndSet: async (
      key: string,
      expected: unknown,
      value: unknown,
      options?: LifetimeOption,
    ) =>
      await syscall("kv.compareAndSet", {
        key,
        value: codec.encode(value),
        ...(expected === undefined ? {} : { expected: codec.encode(expected) }),
        ...lifetime(options),
      }),
  };
}
