/** What {@link createBus} needs. */
export interface BusDeps {
  readonly syscall: (name: string, input: unknown) => Promise<unknown>;
  /** Takes what the kernel sends of its own accord under a name. */
  readonly onPush: (topic: string, listener: (value: unknown) => void) => void;
  /** Says that a listener failed. */
  readonly report: (error: unknown) => void;
}

/**
 * `fazt.events` (contract §3); a listener lives as long as the isolate.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createBus({ syscall, onPush, report }: BusDeps): object {
  type Listener = (event: unknown) => unknown;
  const ids = new Map<Listener, { pattern: string; id: Promise<unknown> }[]>();
  const listeners = new Map<number, Listener>();
  onPush("event", async (value) => {
    const { id, event } = value as { id: number; event: unknown };
    try {
      await listeners.get(id)?.(event);
    } catch (error) {
      report(error);
    }
  });

  const on = async (pattern: string, listener: Listener) => {
    if (typeof listener !== "function") throw new TypeError("Cannot listen: no function was given");
    const id = syscall("events.subscribe", { pattern }) as Promise<number>;
    const known = ids.get(listener) ?? [];
    known.push({ pattern, id });
    ids.set(listener, known);
    listeners.set(await id, listener);
  };
  const off = async (pattern: string, listener?: Listener) => {
    let found = false;
    for (const [known, entries] of ids) {
      if (listener !== undefined && listener !== known) continue;
      for (const entry of entries.filter((one) => one.pattern === pattern)) {
        found = true;
        entries.splice(entries.indexOf(entry), 1);
        const id = await entry.id as number;
        listeners.delete(id);
        await syscall("events.unsubscribe", { id });
      }
      if (entries.length === 0) ids.delete(known);
    }
    return found;
  };
  return {
    emit: (type: string, data?: unknown, options: object = {}) =>
      syscall("events.emit", { ...options, type, data }),
    on,
    off,
    once: (pattern: string, listener: Listener) => {
      let done = false;
      const single: Listener = async (event) => {
        if (done) return;
        done = true;
        await off(pattern, single);
        return await listener(event);
      };
      return on(pattern, single);
    },
    query: (query: object = {}) => syscall("events.query", query),
  };
}
