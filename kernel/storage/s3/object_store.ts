import type { Vfs } from "../../fs/mod.ts";
import { mimeOf } from "../../fs/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import type { StorageLimits } from "../limits.ts";
import { type Owner, quotaError, usageOf } from "../usage.ts";
import { BucketObjects } from "./bucket_objects.ts";
import { LocalObjects } from "./local_objects.ts";
import {
  checkInput,
  type ListOptions,
  type ObjectHead,
  type ObjectPage,
  objectPath,
  objectPrefix,
  type ObjectProvider,
  type Range,
} from "./object.ts";
import { Providers, type ProvidersDeps } from "./providers.ts";
import { type Migrated, migratePage } from "./migrate.ts";
import { mintToken, readToken, SIGNED_PATH, type Ticket } from "./signed_url.ts";

/** What {@link ObjectStore} works with. */
export interface ObjectStoreDeps extends ProvidersDeps {
  readonly vfs: Vfs;
  readonly limits: StorageLimits;
  /** What an app's manifest says of where its objects are; undefined is this node. */
  readonly placeOf: (appId: string) => string | undefined;
  /** Where an app answers. */
  readonly urlOf: (appId: string) => string;
}

/** What is told of an object with its content. */
export interface PutOptions {
  /** Default: by the path's extension. */
  readonly type?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Bytes, where the whole content is known to be so many: it is held to that. */
  readonly size?: number | undefined;
  /** Whether a stream carries what somebody holds in memory: the bound is that of such content. */
  readonly whole?: boolean | undefined;
  /** Fewer than the owner's limits allow. */
  readonly maxBytes?: number | undefined;
}

/** What a signed address shall allow. */
export interface UrlOptions {
  readonly method?: "GET" | "PUT" | undefined;
  /** At most a week. Default: an hour. */
  readonly expiresMs?: number | undefined;
  readonly download?: string | boolean | undefined;
  readonly maxBytes?: number | undefined;
  readonly type?: string | undefined;
}

const GIB = 2 ** 30;
const WEEK_MS = 7 * 86_400_000;
const PAGE = 1000;
/** Uploads at once: each holds about 1 MiB, or two parts where the bucket is elsewhere. */
const UPLOADS_PER_APP = 16;
const UPLOADS = 64;

/** The object pillar: content of any size under paths, here or in a bucket elsewhere. */
export class ObjectStore {
  readonly providers: Providers;
  readonly #local: LocalObjects;
  readonly #buckets = new Map<string, { readonly key: string; readonly at: BucketObjects }>();
  /** Bytes on their way in, by app and upload. */
  readonly #growing = new Map<string, Map<symbol, number>>();

  constructor(private readonly deps: ObjectStoreDeps) {
    this.providers = new Providers(deps);
    this.#local = new LocalObjects(deps);
  }

  head(owner: Owner, path: string): Promise<ObjectHead | undefined> {
    return this.#at(owner).head(owner, objectPath(path));
  }

  /** The content that a head tells of, as it is consumed; `CONFLICT` if it is gone meanwhile. */
  open(
    owner: Owner,
    head: ObjectHead,
    range: Range = { start: 0, end: head.size },
  ): Promise<ReadableStream<Uint8Array>> {
    return this.#at(owner).open(owner, head, range);
  }

  /**
   * Stores an object over whatever has its path, once all of it is there.
   * @throws {FaztError} `QUOTA` while it streams, `PATH_INVALID`, `INVALID`, `DISK_FULL`; then
   *   nothing of it is kept and the object of before stays
   */
  async put(
    owner: Owner,
    path: string,
    { body, ...options }: PutOptions & { readonly body: Uint8Array | ReadableStream<Uint8Array> },
  ): Promise<ObjectHead> {
    let upload: { readonly meter: (size: number) => void; readonly end: () => void } | undefined;
    try {
      const input = checkInput({
        path: objectPath(path),
        type: options.type ?? mimeOf(path),
        metadata: options.metadata ?? {},
      });
      const { appId } = owner;
      const size = body instanceof Uint8Array ? body.length : options.size;
      const whole = body instanceof Uint8Array || options.whole === true;
      const at = this.#at(owner);
      const before = at === this.#local ? (await at.head(owner, input.path))?.size ?? 0 : undefined;
      upload = this.#begin(appId, { whole, maxBytes: options.maxBytes, replaced: before });
      if (size !== undefined) upload.meter(size);
      const exact = body instanceof Uint8Array || size === undefined ? body : exactly(body, size);
      return await at.put(owner, input, { body: exact, size, meter: upload.meter });
    } catch (error) {
      // Whoever sends shall not wait for a reader that never comes.
      if (body instanceof ReadableStream && !body.locked) body.cancel(error).catch(() => {});
      throw error;
    } finally {
      upload?.end();
    }
  }

  delete(owner: Owner, path: string): Promise<boolean> {
    return this.#at(owner).delete(owner, objectPath(path));
  }

  list(
    owner: Owner,
    prefix: string,
    options: { readonly [K in keyof ListOptions]?: ListOptions[K] | undefined } = {},
  ): Promise<ObjectPage> {
    const limit = Math.min(options.limit ?? 100, PAGE);
    return this.#at(owner).list(owner, objectPrefix(prefix), { ...options, limit });
  }

  /** @throws {FaztError} `NOT_FOUND`, `QUOTA` */
  async copy(owner: Owner, from: string, to: string): Promise<ObjectHead> {
    const copied = await this.#at(owner).copy(owner, objectPath(from), objectPath(to));
    if (copied !== undefined) return copied;
    throw new FaztError("NOT_FOUND", `Cannot copy "${from}": there is no such object`);
  }

  /** An address that answers for one object without asking anybody, until it expires. */
  url(owner: Owner, path: string, options: UrlOptions = {}): string {
    const { method = "GET", expiresMs = 3_600_000, download, maxBytes, type } = options;
    if (!(expiresMs > 0 && expiresMs <= WEEK_MS)) {
      throw new FaztError("INVALID", "Cannot sign this address: it may last for a week at most");
    }
    const key = objectPath(path);
    const token = mintToken(this.#key(), {
      ...owner,
      method,
      path: key,
      expiresAt: Math.ceil(this.deps.clock() + expiresMs),
      ...(method === "GET" ? { download } : { maxBytes, type }),
    });
    return new URL(SIGNED_PATH + token, this.deps.urlOf(owner.appId)).href;
  }

  /** What a signed address allows on this app's host, if it still does. */
  ticket(appId: string, token: string): Ticket | undefined {
    return readToken(this.#key(), token, { appId, now: this.deps.clock() });
  }

  /**
   * Copies a page of an app's objects from one place to another, about 256 MiB at once. What is
   * there already, as large and not older, is left as it is, so that it can be run again.
   */
  async migrate(
    appId: string,
    { from = this.deps.placeOf(appId), to, cursor }: {
      readonly from?: string | undefined;
      readonly to: string;
      readonly cursor?: string | undefined;
    },
  ): Promise<Migrated> {
    const [source, target] = [this.#place(from), this.#place(to)];
    if (source === target) {
      throw new FaztError("INVALID", `Cannot move the objects: they are at ${to} already`);
    }
    return await migratePage({ appId, source, target, cursor: cursor || undefined });
  }

  /** Where an app's objects are. */
  #place(place: string | undefined): ObjectProvider {
    if (place === undefined || place === "internal") return this.#local;
    const options = this.providers.resolve(place);
    const key = JSON.stringify(options);
    const known = this.#buckets.get(place);
    if (known?.key === key) return known.at;
    const made = { key, at: new BucketObjects(options) };
    this.#buckets.set(place, made);
    return made.at;
  }

  #at({ appId }: Owner): ObjectProvider {
    return this.#place(this.deps.placeOf(appId));
  }

  #key(): Uint8Array {
    return this.deps.secrets().derive("s3 url v1");
  }

  #begin(
    appId: string,
    { whole, maxBytes = Infinity, replaced }: {
      readonly whole: boolean;
      readonly maxBytes: number | undefined;
      /** Bytes that go when it ends; undefined where this node's room is not what counts. */
      readonly replaced: number | undefined;
    },
  ) {
    const { limits, db } = this.deps;
    const mine = this.#growing.get(appId) ?? new Map<symbol, number>();
    let all = 0;
    for (const uploads of this.#growing.values()) all += uploads.size;
    if (mine.size >= UPLOADS_PER_APP || all >= UPLOADS) {
      throw new FaztError("BUSY", "Cannot store: too many uploads are open", {
        hint: "wait until some of them have ended",
        details: {
          limit: "open uploads",
          used: mine.size >= UPLOADS_PER_APP ? mine.size : all,
          max: mine.size >= UPLOADS_PER_APP ? UPLOADS_PER_APP : UPLOADS,
        },
      });
    }
    this.#growing.set(appId, mine);
    const id = Symbol("upload");
    mine.set(id, 0);
    const [limit, unit] = whole
      ? ["storage.s3.blobMb", MIB] as const
      : ["storage.s3.streamedGb", GIB] as const;
    const max = limits.of(appId, limit);
    const appGb = limits.of(appId, "storage.s3.appGb");
    return {
      meter: (bytes: number) => {
        mine.set(id, bytes);
        if (bytes > max * unit) throw quotaError(limit, Math.ceil(bytes / unit), max);
        if (bytes > maxBytes) {
          throw new FaztError("TOO_LARGE", `Cannot store: at most ${maxBytes} bytes are allowed`, {
            details: { max: maxBytes },
          });
        }
        if (replaced === undefined) return;
        let growing = 0;
        for (const part of mine.values()) growing += part;
        const used = usageOf(db.reader, appId, "s3").bytes;
        if (bytes > replaced && used - replaced + growing > appGb * GIB) {
          throw quotaError("storage.s3.appGb", Math.ceil(used / GIB), appGb);
        }
      },
      end: () => {
        mine.delete(id);
        if (mine.size === 0 && this.#growing.get(appId) === mine) this.#growing.delete(appId);
      },
    };
  }
}

/** A body that fails unless it has exactly so many bytes: a cut one must not look whole. */
function exactly(body: ReadableStream<Uint8Array>, size: number): ReadableStream<Uint8Array> {
  let left = size;
  const wrong = () =>
    new FaztError(
      "BAD_REQUEST",
      `Cannot store: the content does not have the ${size} bytes it said`,
      {
        hint: "the upload was damaged or cut off; send it again",
      },
    );
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        left -= chunk.length;
        if (left < 0) throw wrong();
        controller.enqueue(chunk);
      },
      flush() {
        if (left > 0) throw wrong();
      },
    }),
  );
}
