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
import { readBody } from "./read_body.ts";
import { RealmPool } from "./realm_pool.ts";
import { SandboxRunner } from "./sandbox_runner.ts";

/** Settings of a {@link CellRunner}, read each time they are needed. */
export interface CellRunnerOptions extends IsolateHost {
  readonly idleMs: () => number;
  readonly spares: () => number;
  /** Heap of the spares that are warmed ahead, MiB. */
  readonly heapMb: () => number;
  /** Gets a port for each realm, by which the watchdog ends isolates without the kernel's help. */
  readonly adopt: (port: MessagePort) => void;
}

const COLD: AppRunState = {
  state: "cold",
  isolates: 0,
  inFlight: 0,
  requests: 0,
  errors: 0,
  coldStarts: 0,
  restarts: 0,
  lastFailure: undefined,
};

/** Runs apps in cells inside this process. */
export class CellRunner implements AppRunner {
  readonly #cells = new Map<string, AppCell>();
  readonly #realms: RealmPool;
  readonly #sandboxes: SandboxRunner;
  #closed = false;

  constructor(private readonly options: CellRunnerOptions) {
    this.#realms = new RealmPool(options);
    this.#sandboxes = new SandboxRunner(this.#realms);
    this.#realms.warm(realmPermissions([]), options.heapMb());
  }

  async handle(app: RunnableApp, request: Request, context: CallContext): Promise<Response> {
    if (this.#closed) return appErrorResponse("APP_STOPPED", context.requestId, 1);
    let body: Uint8Array | null = null;
    if (request.body !== null) {
      const { bodyBytes, bodyMs } = app.limits;
      const read = await readBody(request, { maxBytes: bodyBytes, maxMs: bodyMs });
      if (typeof read === "string") return appErrorResponse(read, context.requestId);
      context.traffic?.received(read?.length ?? 0);
      body = read;
    }
    const headers: string[] = [];
    for (const [name, value] of request.headers) headers.push(name, value);
    const input: CallInput = {
      method: request.method,
      url: request.url,
      headers,
      body,
      get signal() {
        return request.signal;
      },
    };
    return this.#cell(app.id).handle(app, input, context);
  }

  runTask(app: RunnableApp, task: AppTask, context: CallContext): Promise<TaskResult> {
    if (this.#closed) {
      const code = "APP_STOPPED";
      return Promise.resolve({ ok: false, code, message: appErrorMessage(code) });
    }
    return this.#cell(app.id).runTask(app, task, context);
  }

  sandbox(request: SandboxRequest): Promise<SandboxResult> {
    return this.#sandboxes.run(request);
  }

  readCode(code: string): Promise<readonly CodeFault[]> {
    return this.#sandboxes.check(code);
  }

  retire(appId: string): void {
    this.#cells.get(appId)?.retire();
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
    return this.#sandboxes.shed() ||
      [...this.#cells.values()].reverse().some((cell) => cell.shed());
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#sandboxes.close();
    for (const cell of this.#cells.values()) cell.close();
    this.#realms.close();
    return Promise.resolve();
  }

  #cell(appId: string): AppCell {
    let cell = this.#cells.get(appId);
    if (cell === undefined) {
      cell = new AppCell(appId, this.#realms, this.options, this.options.idleMs);
      this.#cells.set(appId, cell);
    }
    return cell;
  }
}
