import type {
  AppRunner,
  AppRunState,
  CallContext,
  RealmPermissions,
  RunnableApp,
} from "../../kernel/proc/mod.ts";
import { AppCell } from "./app_cell.ts";
import { appErrorResponse } from "./app_errors.ts";
import type { CallInput, IsolateHost } from "./isolate.ts";
import { realmPermissions } from "./permissions.ts";
import { readBody } from "./read_body.ts";
import { RealmPool } from "./realm_pool.ts";

/** Settings of a {@link CellRunner}, read each time they are needed. */
export interface CellRunnerOptions extends IsolateHost {
  readonly idleMs: () => number;
  readonly spares: () => number;
  /** Heap of the spares that are warmed ahead, MiB. */
  readonly heapMb: () => number;
  /** Resident memory of the process past which spares and then busy isolates go, bytes. */
  readonly memoryBytes: () => number;
  /** Reads the resident memory; injectable for tests. */
  readonly residentBytes?: () => number;
}

/** How often memory is looked at, and how long after a measure took it may show, ms. */
const WATCH_MS = 50;
const SETTLE_MS = 500;

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
  readonly #watch: ReturnType<typeof setInterval>;
  #closed = false;
  #settledAt = 0;

  constructor(private readonly options: CellRunnerOptions) {
    this.#realms = new RealmPool(options.spares);
    this.#realms.warm(realmPermissions([]), options.heapMb());
    this.#watch = setInterval(() => this.#checkMemory(), WATCH_MS);
  }

  async handle(app: RunnableApp, request: Request, context: CallContext): Promise<Response> {
    if (this.#closed) return appErrorResponse("APP_STOPPED", context.requestId, 1);
    let body: Uint8Array | null = null;
    if (request.body !== null) {
      const read = await readBody(request, app.limits.bodyBytes);
      if (read === "too large") return appErrorResponse("BODY_TOO_LARGE", context.requestId);
      if (read === "aborted") return appErrorResponse("BODY_ABORTED", context.requestId);
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

  close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
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

  /** Over the limit spares go first, then the newest busy isolate, one at each look. */
  #checkMemory(): void {
    const resident = this.options.residentBytes?.() ?? Deno.memoryUsage().rss;
    const now = performance.now();
    if (resident <= this.options.memoryBytes() || now < this.#settledAt) return;
    this.#settledAt = now + SETTLE_MS;
    if (this.#realms.totals().spares > 0) return this.#realms.dropSpares();
    for (const cell of [...this.#cells.values()].reverse()) if (cell.shed()) return;
  }
}
