import type { Settings } from "../config/mod.ts";
import { covers, type EventPattern, matchesType, readPattern } from "./pattern.ts";
import { PatternIndex } from "./pattern_index.ts";
import type { EventApp } from "./shapes.ts";

const GRANT = "events:subscribe:";

/** One entry of `events` in an app's manifest. */
interface Subscription {
  readonly appId: string;
  readonly pattern: EventPattern;
  readonly handler: string;
  /** Whether a grant covers it; without one only the app's own events come through. */
  readonly open: boolean;
}

/** An app as the bus knows it. */
interface Entry {
  readonly app: EventApp;
  readonly grants: readonly EventPattern[];
  readonly subscriptions: readonly Subscription[];
}

/** Who an event goes to. */
export interface Target {
  readonly appId: string;
  readonly handler: string;
}

/** Apps, their manifests' subscriptions and what their grants let them hear. */
export class Subscribers {
  readonly #apps = new Map<string, Entry>();
  readonly #index = new PatternIndex<Subscription>();

  constructor(private readonly settings: Settings) {}

  /** Takes an app as it is now; returns the patterns left off because there are too many. */
  sync(appId: string, app: EventApp): string[] {
    this.remove(appId);
    const grants = [...app.grants].flatMap((grant) =>
      grant.startsWith(GRANT) ? readPattern(grant.slice(GRANT.length)) ?? [] : []
    );
    this.#apps.set(appId, { app, grants, subscriptions: [] });
    const all = app.events.flatMap(({ on, handler }) => {
      const pattern = readPattern(on);
      return pattern ? [{ appId, pattern, handler, open: this.mayHear(appId, pattern) }] : [];
    });
    const subscriptions = all.slice(0, this.limit(appId, "subscriptions"));
    for (const one of subscriptions) this.#index.add(one.pattern, one);
    this.#apps.set(appId, { app, grants, subscriptions });
    return all.slice(subscriptions.length).map((one) => one.pattern.text);
  }

  remove(appId: string): void {
    for (const one of this.#apps.get(appId)?.subscriptions ?? []) {
      this.#index.remove(one.pattern, one);
    }
    this.#apps.delete(appId);
  }

  has(appId: string): boolean {
    return this.#apps.has(appId);
  }

  nameOf(appId: string): string | undefined {
    return this.#apps.get(appId)?.app.name;
  }

  /** How many patterns of the manifest are listened to. */
  count(appId: string): number {
    return this.#apps.get(appId)?.subscriptions.length ?? 0;
  }

  /** The owner's limit, lowered where the app asks for less. */
  limit(appId: string, key: "kb" | "perSecond" | "subscriptions" | "keepDays"): number {
    const asked = this.#apps.get(appId)?.app.limits?.[key] ?? Infinity;
    return Math.min(this.settings.get(`limits.events.${key}`), asked);
  }

  /** Patterns of other emitters' events that the app's grants open. */
  grants(appId: string): readonly EventPattern[] {
    return this.#apps.get(appId)?.grants ?? [];
  }

  /** Whether an approved grant covers the pattern. */
  mayHear(appId: string, pattern: EventPattern): boolean {
    return this.grants(appId).some((grant) => covers(grant, pattern));
  }

  /** The handlers an event goes to, each once; `emitter` is an app's id or null for the kernel. */
  targets(type: string, emitter: string | null): Target[] {
    const found = new Map<string, Target>();
    for (const { appId, handler, open } of this.#index.match(type)) {
      if (open || appId === emitter) found.set(`${appId} ${handler}`, { appId, handler });
    }
    return [...found.values()];
  }

  /** Why a delivery that is owed may not be made now; undefined when it may. */
  refusal(
    { appId, handler }: Target,
    event: { readonly type: string; readonly emitter: string | null },
  ): "UNSUBSCRIBED" | "PERMISSION" | undefined {
    const wanted = (this.#apps.get(appId)?.subscriptions ?? []).filter((one) =>
      one.handler === handler && matchesType(one.pattern, event.type)
    );
    if (wanted.length === 0) return "UNSUBSCRIBED";
    const allowed = appId === event.emitter || wanted.some((one) => one.open);
    return allowed ? undefined : "PERMISSION";
  }
}
