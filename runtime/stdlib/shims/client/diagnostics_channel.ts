/** `node:diagnostics_channel`: channels within the app. */

type Listener = (message: unknown, name: string) => void;

/** One named channel. */
class Channel {
  readonly #listeners = new Set<Listener>();

  constructor(readonly name: string) {}

  get hasSubscribers(): boolean {
    return this.#listeners.size > 0;
  }

  publish(message: unknown): void {
    for (const listener of [...this.#listeners]) listener(message, this.name);
  }

  subscribe(listener: Listener): void {
    this.#listeners.add(listener);
  }

  unsubscribe(listener: Listener): boolean {
    return this.#listeners.delete(listener);
  }

  /** Nothing is bound to a store: the body runs as it is. */
  runStores(message: unknown, body: (...args: unknown[]) => unknown, self?: unknown): unknown {
    this.publish(message);
    return body.call(self);
  }
}

const channels = new Map<string, Channel>();

/** The channel of a name. */
export function channel(name: string): Channel {
  const found = channels.get(name) ?? new Channel(name);
  channels.set(name, found);
  return found;
}

const STEPS = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/** The five channels of something that takes time. */
export function tracingChannel(name: string) {
  const steps = Object.fromEntries(
    STEPS.map((step) => [step, channel(`tracing:${name}:${step}`)]),
  ) as Record<typeof STEPS[number], Channel>;
  type Body = (...args: unknown[]) => unknown;
  return {
    ...steps,
    get hasSubscribers(): boolean {
      return STEPS.some((step) => steps[step].hasSubscribers);
    },
    traceSync(body: Body, context: object = {}, self?: unknown, ...args: unknown[]): unknown {
      steps.start.publish(context);
      try {
        return body.apply(self, args);
      } catch (error) {
        steps.error.publish({ ...context, error });
        throw error;
      } finally {
        steps.end.publish(context);
      }
    },
    async tracePromise(body: Body, context: object = {}, self?: unknown, ...args: unknown[]) {
      steps.start.publish(context);
      try {
        return await body.apply(self, args);
      } catch (error) {
        steps.error.publish({ ...context, error });
        throw error;
      } finally {
        steps.asyncEnd.publish(context);
      }
    },
  };
}

export const hasSubscribers = (name: string): boolean => channel(name).hasSubscribers;
export const subscribe = (name: string, listener: Listener): void =>
  channel(name).subscribe(listener);
export const unsubscribe = (name: string, listener: Listener): boolean =>
  channel(name).unsubscribe(listener);
export { Channel };
export default { Channel, channel, hasSubscribers, subscribe, tracingChannel, unsubscribe };
