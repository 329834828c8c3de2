import { Hono, type MiddlewareHandler } from "hono";
import { FaztError } from "../../lib/fazt_error.ts";
import { describe } from "../openapi/mod.ts";
import { lengthOf } from "./input.ts";
import type { ApiEnv } from "./services.ts";

/** How far the body of a request has come. */
export interface Upload {
  readonly state: "receiving" | "done" | "failed";
  /** Bytes so far. */
  readonly received: number;
  /** Bytes of the whole body, where the sender told. */
  readonly total?: number;
  /** Unix ms. */
  readonly startedAt: number;
}

const ID = /^[A-Za-z0-9_-]{8,64}$/;
/** Uploads remembered at once, and for how long after their end, ms. */
const MOST = 1000;
const KEPT_MS = 60_000;

/** Uploads by who sends them and the id they gave; in memory only. */
export class Uploads {
  readonly #all = new Map<string, Upload & { endedAt?: number }>();

  constructor(private readonly clock: () => number) {}

  /** Follows one from now on; `add` is told of bytes, `end` of its end. */
  begin(owner: string, id: string, total: number | undefined) {
    const key = `${owner} ${id}`;
    const startedAt = this.clock();
    let received = 0;
    const set = (state: Upload["state"], endedAt?: number) => {
      this.#all.delete(key);
      this.#all.set(key, {
        state,
        received,
        ...total === undefined ? {} : { total },
        startedAt,
        ...endedAt === undefined ? {} : { endedAt },
      });
    };
    this.#forget();
    set("receiving");
    return {
      add: (bytes: number) => {
        received += bytes;
        set("receiving");
      },
      end: (ok: boolean) => set(ok ? "done" : "failed", this.clock()),
    };
  }

  find(owner: string, id: string): Upload | undefined {
    this.#forget();
    const found = this.#all.get(`${owner} ${id}`);
    if (found === undefined) return undefined;
    const { endedAt: _endedAt, ...upload } = found;
    return upload;
  }

  /** Those that ended a while ago, and the quietest of too many. */
  #forget(): void {
    const old = this.clock() - KEPT_MS;
    for (const [key, { endedAt = Infinity }] of this.#all) {
      if (endedAt > old && this.#all.size < MOST) continue;
      this.#all.delete(key);
    }
  }
}

/** Follows the body of a request that names itself in `Upload-Id`. */
export function followUploads(uploads: Uploads): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const id = c.req.header("upload-id");
    if (id === undefined || c.req.method === "GET") return await next();
    if (!ID.test(id)) {
      throw new FaztError("INVALID", "Cannot follow this upload: its Upload-Id is none", {
        hint: "8 to 64 letters, digits, - and _, made anew for each upload",
      });
    }
    const upload = uploads.begin(c.get("principal").id, id, lengthOf(c.req.raw));
    c.set("onBytes", upload.add);
    await next();
    upload.end(c.res.status < 400);
  };
}

describe({
  "GET /api/uploads/{id}": {
    does: "How far a request has come that was sent with this Upload-Id, by whoever asks",
    scope: "any",
    gives: "state (receiving, done, failed), bytes received and in total, when it began",
    errors: { 404: "None of yours, or over for a minute" },
  },
});

/** `GET /api/uploads/{id}`. */
export function uploadRoutes(uploads: Uploads): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/:id", (c) => {
    const upload = uploads.find(c.get("principal").id, c.req.param("id"));
    if (upload === undefined) {
      throw new FaztError("NOT_FOUND", "There is no such upload of yours", {
        hint: "send Upload-Id with the request itself; what is over is forgotten after a minute",
      });
    }
    return c.json({ data: upload });
  });
  return routes;
}
