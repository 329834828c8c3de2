import type { AccessLog } from "../../access/mod.ts";
import type { Visits } from "../../analytics/mod.ts";
import type { AppServices } from "../../services/mod.ts";
import type { Actor, Apps } from "../../apps/mod.ts";
import type { Backups } from "../../backup/mod.ts";
import type { Settings } from "../../config/mod.ts";
import type { Content } from "../../content/mod.ts";
import type { Database } from "../../db/mod.ts";
import type { InFlight, Mode, RateLimits, RateVerdict } from "../../guard/mod.ts";
import type { Vfs } from "../../fs/mod.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Links } from "../../links/mod.ts";
import type { Activity, AppLog, Logs } from "../../log/mod.ts";
import type { Certificates } from "../../net/certificates/mod.ts";
import type { Domains } from "../../net/domains/mod.ts";
import type { Ownership } from "../../ownership/mod.ts";
import type { AppRunner } from "../../proc/mod.ts";
import type { Traffic } from "../../traffic/mod.ts";
import type { Client } from "../client_address.ts";
import type { Listener } from "../listener/mod.ts";
import type { HttpMeter } from "../http_meter.ts";
import type { Peers } from "../../peers/mod.ts";
import type {
  Keys,
  LocalToken,
  Owner,
  Passkeys,
  Principal,
  Sessions,
  SignIn,
  StepUp,
} from "../../security/mod.ts";
import type { Markets, Sources } from "../../sources/mod.ts";
import type { Storage } from "../../storage/mod.ts";
import type { Transfer } from "../../transfer/mod.ts";
import type { Upgrades } from "../../upgrade/mod.ts";

/** What the API works with. */
export interface ApiServices {
  readonly apps: Apps;
  readonly vfs: Vfs;
  readonly content: Content;
  readonly settings: Settings;
  readonly db: Database;
  readonly keys: Keys;
  readonly sessions: Sessions;
  readonly localToken: LocalToken;
  readonly owner: Owner;
  readonly passkeys: Passkeys;
  readonly signIn: SignIn;
  readonly stepUp: StepUp;
  readonly peers: Peers;
  readonly appLog: AppLog;
  /** What apps do besides answering requests. */
  readonly services: AppServices;
  readonly backups: Backups;
  readonly transfer: Transfer;
  readonly upgrades: Upgrades;
  readonly certificates: Certificates;
  readonly domains: Domains;
  readonly storage: Storage;
  /** Apps that come from repositories. */
  readonly sources: Sources;
  readonly markets: Markets;
  readonly ownership: Ownership;
  readonly activity: Activity;
  readonly access: AccessLog;
  /** The ports and what was counted at them; undefined until they are bound. */
  readonly edge: () => Listener | undefined;
  readonly runner: AppRunner;
  readonly rates: RateLimits;
  readonly inFlight: InFlight;
  readonly traffic: Traffic;
  readonly visits: Visits;
  readonly links: Links;
  readonly logs: Logs;
  /** What was answered, by status and time. */
  readonly meter: HttpMeter;
  /** How late the event loop is, ms. */
  readonly loopLag: () => number;
  readonly clock: Clock;
  readonly version: string;
  readonly startedAt: number;
  /** How the node serves, why, and since when (Unix ms). */
  readonly mode: () => { readonly mode: Mode; readonly reason: string; readonly since: number };
  /** Where the node answers, such as `http://localhost:8080`. */
  readonly baseUrl: () => string;
  /** Where the dashboard answers. */
  readonly adminUrl: () => string;
  readonly newRequestId: () => string;
  /** Writes down an error that is nobody's who asked, with the request it happened in. */
  readonly onError: (error: unknown, requestId?: string) => void;
}

/** What the server tells of a connection. */
export interface ApiBindings extends Client {
  /** Settles when the answer has been sent whole, or nobody is there to take it. */
  readonly completed: Promise<unknown>;
  /** Time a body may take to arrive: `limits.request.bodySeconds`. */
  readonly bodySeconds: number;
  /** True from the moment the node stops. */
  readonly draining: () => boolean;
}

/** Hono's environment of every route. */
export interface ApiEnv {
  Bindings: ApiBindings;
  Variables: {
    principal: Principal;
    requestId: string;
    rate: RateVerdict | undefined;
    /** The token of a principal's session, as its cookie had it. */
    sessionToken: string | undefined;
    /** Whether the principal has proved lately who they are. */
    isProven: (() => boolean) | undefined;
    /** The body, where somebody before the route had to read it. */
    body: Uint8Array | undefined;
    /** Told of bytes of the body as they come, where its sender wants to follow it. */
    onBytes: ((bytes: number) => void) | undefined;
    /** Whether the activity log was told of this request. */
    recorded: boolean | undefined;
    /** Who changes something, once a route asked. */
    actor: Actor | undefined;
    /** The code of the error that was thrown. */
    failure: string | undefined;
  };
}
