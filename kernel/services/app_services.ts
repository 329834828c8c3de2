import type { Apps } from "../apps/mod.ts";
import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import { Egress, netSyscalls, NodeRequests, socketSyscalls } from "../egress/mod.ts";
import { Events, eventSyscalls } from "../events/mod.ts";
import { rateSyscalls } from "../guard/mod.ts";
import { toFaztError } from "../lib/fazt_error.ts";
import type { Clock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import type { AppRunner, CallContext, TaskResult } from "../proc/mod.ts";
import type { AppTask } from "../proc/mod.ts";
import { Sandboxes, type SandboxOwner, sandboxSyscalls } from "../sandbox/mod.ts";
import { Scheduler, scheduleSyscalls } from "../schedule/mod.ts";
import { Secrets } from "../secrets/mod.ts";
import type { Syscall, SyscallTable } from "../syscall/mod.ts";

/** What {@link AppServices} work with. */
export interface AppServicesDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Every port the node listens on. */
  readonly ports: () => readonly number[];
  readonly onError: (error: unknown) => void;
}

/** What runs apps, and what they may ask for. */
export interface RunningParts {
  readonly runner: AppRunner;
  readonly syscalls: SyscallTable;
  /** @throws {FaztError} `GONE` for an app or a person that was forgotten. */
  readonly admit: (
    caller: { readonly appId: string; readonly userId?: string | undefined },
  ) => void;
}

/** What apps do besides answering requests: schedules, events, requests of their own. */
export class AppServices {
  readonly scheduler: Scheduler;
  readonly events: Events;
  readonly egress: Egress;
  /** Requests of the node itself. */
  readonly requests: NodeRequests;
  readonly sandboxes: Sandboxes;
  readonly syscalls: readonly Syscall[];
  #apps: Apps | undefined;
  #runner: AppRunner | undefined;
  #admit: RunningParts["admit"] = () => {};

  private constructor(
    private readonly deps: AppServicesDeps,
    readonly secrets: Secrets,
  ) {
    const { db, settings, clock, ports, onError } = deps;
    this.egress = new Egress({ db, settings, clock, secrets, ports });
    this.requests = new NodeRequests({ ports });
    this.events = new Events({
      db,
      settings,
      clock,
      onError,
      deliver: (appId, { handler, event, depth, timeoutMs }) =>
        this.#run(appId, { handler, event: { ...event }, timeoutMs }, {
          trigger: "event",
          userId: undefined,
          eventDepth: depth,
        }),
    });
    this.scheduler = new Scheduler({
      db,
      settings,
      clock,
      log: (message) => onError(`schedule: ${message}`),
      limitsOf: (appId) => this.#apps?.background(appId)?.limits?.cron,
      runApp: (appId, { handler, trigger, event, userId, timeoutMs, signal }) =>
        this.#run(appId, { handler, event: { ...event }, timeoutMs, signal }, {
          trigger,
          userId,
        }),
    });
    this.sandboxes = new Sandboxes(settings);
    this.syscalls = [
      ...netSyscalls(this.egress),
      ...socketSyscalls(this.egress.sockets),
      ...eventSyscalls(this.events),
      ...scheduleSyscalls(this.scheduler),
      ...rateSyscalls(clock),
      ...sandboxSyscalls(this.sandboxes, (appId) => this.sandboxApp(appId)),
    ];
  }

  /** Reads the node key, so that secrets can be opened. */
  static async open(deps: AppServicesDeps): Promise<AppServices> {
    const { db, clock, environment } = deps;
    return new AppServices(deps, await Secrets.open({ db, clock, environment }));
  }

  /** Begins: what is due runs from here on. */
  start(apps: Apps, { runner, syscalls, admit }: RunningParts): void {
    this.#apps = apps;
    this.#admit = admit;
    this.#runner = runner;
    this.sandboxes.start({ runner, syscalls });
    for (const appId of apps.inBackground()) this.#sync(appId);
    apps.onChange((appId) => this.#sync(appId));
    this.events.start();
    this.scheduler.start();
  }

  /** An app as the code of its sandboxes sees it. */
  sandboxApp(appId: string): SandboxOwner["app"] {
    const { id, name, version, url } = this.#apps!.runnable(appId) ?? this.#apps!.info(appId);
    return { id, name, version, url };
  }

  /** Lets what runs end, writes down what waits. */
  async stop(): Promise<void> {
    await Promise.all([this.scheduler.stop(), this.events.stop()]);
    await this.egress.close();
  }

  #sync(appId: string): void {
    const app = this.#apps!.background(appId);
    if (app === undefined) {
      this.events.remove(appId).catch(this.deps.onError);
      this.scheduler.remove(appId).catch(this.deps.onError);
      return;
    }
    this.events.sync(appId, { ...app, limits: app.limits?.events });
    this.scheduler.sync(appId, app.cron).catch(this.deps.onError);
  }

  #run(
    appId: string,
    task: AppTask,
    context: Omit<CallContext, "requestId">,
  ): Promise<TaskResult> {
    const app = this.#apps?.runnable(appId);
    if (app === undefined) {
      const message = "the app has no server code";
      return Promise.resolve({ ok: false, code: "NOT_FOUND", message });
    }
    try {
      this.#admit({ appId, userId: context.userId });
    } catch (error) {
      const { code, message } = toFaztError(error);
      return Promise.resolve({ ok: false, code, message });
    }
    return this.#runner!.runTask(app, task, { ...context, requestId: newId("req") });
  }
}
