import type {
  AppRunner,
  AppRunState,
  AppTask,
  CallContext,
  CodeFault,
  RealmPermissions,
  RunnableApp,
  SandboxRequest,
  SandboxResult,
  TaskResult,
} from "../../kernel/proc/mod.ts";
import { AppCell } from "./app_cell.ts";
import { appErrorMessage, appErrorResponse } from "./app_errors.ts";
import type { CallInput, IsolateHost } from "./isolate.ts";
import { realmPermissions } from "./permissions.ts";
import { Places } from "./places.ts";
import { readBody } from "./read_body.ts";
import { RealmPool } from "./realm_pool.ts";
import { SandboxRunner } from "./sandbox_runner.ts";
import { noCounts, runState } from "./run_state.ts";
import { heavyPlaces, largest, longest } from "./hunger.ts";

/** Settings of a {@link CellRunner}, read each time they are needed. */
export interface CellRunnerOptions extends IsolateHost {
  readonly idleMs: () => number;
  readonly spares: () => number;
  /** Isolates of all apps that may live at once. */
  readonly isolates: () => number;
  /** Heap of the spares that are warmed ahead, MiB. */
  readonly heapMb: () => number;
  /** Memory the process may have, MiB. */
  readonly memoryMb: () => number;
  /** Gets a port for each realm, by which the watchdog ends isolates without the kernel's help. */
  readonly adopt: (port: MessagePort) => void;
  /** Hears of each app's isolate and the numbers it shares; returns what is called at its end. */
  readonly follow?: (appId: string, vital: SharedArrayBuffer) => () => void;
}

const COLD = runState(noCounts(), { isolates: [], loading: 0, waiting: 0, paused: false });

/** How often living cells are looked after, ms. */
const TICK_MS = 1000;
/** Part of a core that is left to the kernel. */
const KERNEL_LOAD = 0.5;
const CORES = Math.max(1, navigator.hardwareConcurrency);

/** Runs apps in cells inside this process. */
export class CellRunner implements AppRunner {
  readonly #cells = new Map<string, AppCell>();
  readonly #realms: RealmPool;
  readonly #sandboxes: SandboxRunner;
  readonly #places: Places;
  #ticks: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  readonly #follow: NonNullable<CellRunnerOptions["follow"]>;

  constructor(private readonly options: CellRunnerOptions) {
    this.#follow = options.follow ?? (() => () => {});
    this.#realms = new RealmPool(options);
    this.#sandboxes = new SandboxRunner(this.#realms, this.#follow);
    this.#places = new Places(options.isolates, () => heavyPlaces(options.memoryMb()));
    this.#realms.warm(realmPermissions([]), options.heapMb());
  }

  async handle(app: RunnableApp, request: Request, context: CallContext): Promise<Response> {
    if (this.#closed) return appErrorResponse("APP_STOPPED", context.requestId, 1);
    let cell = this.#cell(app);
    cell.adopt(app);
    let body: Uint8Array | null = null;
    if (request.body !== null) {
      // A flood must not fill the memory with bodies nobody will look at.
      const away = cell.turnAway(context);
      if (away !== undefined) return away;
      const maxBytes = app.bodyBytes(new URL(request.url).pathname);
      const read = await readBody(request, { maxBytes, maxMs: app.limits.bodyMs });
      if (typeof read === "string") return appErrorResponse(read, context.requestId);
      context.traffic?.received(read?.length ?? 0);
      body = read;
      // A preview's cell may have gone while the body came.
      const now = this.#cell(app);
      if (now !== cell) (cell = now).adopt(app);
    }
    const input: CallInput = {
      method: request.method,
      url: request.url,
      headers: fieldsOf(request),
      body,
      get signal() {
        return request.signal;
      },
    };
    return cell.handle(app, input, context);
  }

  runTask(app: RunnableApp, task: AppTask, context: CallContext): Promise<TaskResult> {
    if (this.#closed) {
      const code = "APP_STOPPED";
      return Promise.resolve({ ok: false, code, message: appErrorMessage(code) });
    }
    const cell = this.#cell(app);
    cell.adopt(app);
    return cell.runTask(app, task, context);
  }

  sandbox(request: SandboxRequest): Promise<SandboxResult> {
    return this.#sandboxes.run(request);
  }

  readCode(code: string): Promise<readonly CodeFault[]> {
    return this.#sandboxes.check(code);
  }

  retire(appId: string): void {
    for (const cell of this.#cells.values()) if (cell.appId === appId) cell.retire();
  }

  pause(appId: string, { ms, why }: { readonly ms: number; readonly why: string }): void {
    this.#cell({ id: appId }).pause(ms, why);
  }

  permissions(grants: readonly string[]): RealmPermissions {
    return realmPermissions(grants);
  }

  state(appId: string): AppRunState {
    return this.#cells.get(appId)?.state() ?? COLD;
  }

  totals(): { realms: number; isolates: number; spares: number } {
    return this.#realms.totals();
  }

  dropSpares(): void {
    this.#realms.dropSpares();
  }

  shed(): boolean {
    const cells = [...this.#cells.values()];
    const isolates = [...cells.flatMap((cell) => cell.isolates), ...this.#sandboxes.isolates];
    // What was ended in the middle of a turn gives its memory back when that is over.
    const ending = cells.some((cell) => cell.ending);
    const victim = longest(isolates) ?? (ending ? undefined : largest(isolates));
    victim?.kill("pressure", "the node was short of memory");
    return ending || victim !== undefined;
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#sandboxes.close();
    clearInterval(this.#ticks);
    for (const cell of this.#cells.values()) cell.close();
    this.#realms.close();
    return Promise.resolve();
  }

  #cell({ id, cell: key = id }: Pick<RunnableApp, "id" | "cell">): AppCell {
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = new AppCell(id, {
        realms: this.#realms,
        places: this.#places,
        host: this.options,
        idleMs: this.options.idleMs,
        follow: this.#follow,
        coreFree: () => this.#load() < CORES - KERNEL_LOAD,
        onLive: () => this.#ticks ??= setInterval(() => this.#tick(), TICK_MS),
      });
      this.#cells.set(key, cell);
    }
    return cell;
  }

  #load(): number {
    let load = 0;
    for (const cell of this.#cells.values()) load += cell.load;
    return load;
  }

  /** One timer for all cells, and none while every app is hibernated. */
  #tick(): void {
    const now = performance.now();
    let live = false;
    for (const [key, cell] of this.#cells) {
      const lives = cell.tick(now);
      live ||= lives;
      // There may be any number of previews over time; what apps themselves counted is kept.
      if (!lives && key !== cell.appId) this.#cells.delete(key);
    }
    this.#places.makeRoom();
    if (live) return;
    clearInterval(this.#ticks);
    this.#ticks = undefined;
  }
}

/** Names and values in turn. HTTP/2 names the host in the target alone; apps are told it either way. */
function fieldsOf(request: Request): string[] {
  const fields: string[] = [];
  let namesHost = false;
  request.headers.forEach((value, name) => {
    fields.push(name, value);
    if (name === "host") namesHost = true;
  });
  if (!namesHost) fields.push("host", new URL(request.url).host);
  return fields;
}
