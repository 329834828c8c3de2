import type { Database } from "../../db/mod.ts";
import type { Vfs } from "../../fs/mod.ts";
import type { Clock } from "../../lib/clock.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import type { StorageLimits } from "../limits.ts";
import type { Owner } from "../usage.ts";
import type {
  EverythingPage,
  ListOptions,
  ObjectHead,
  ObjectInput,
  ObjectPage,
  ObjectProvider,
  Range,
  Upload,
} from "./object.ts";
import { findObject, headOf } from "./object_operations.ts";
import { copyObject, deleteObject, listEverything, listObjects, putObject } from "./operations.ts";

/** What {@link LocalObjects} works with. */
export interface LocalObjectsDeps {
  readonly db: Database;
  readonly vfs: Vfs;
  readonly limits: StorageLimits;
  readonly clock: Clock;
}

/** Objects of this node: names for the blobs of its files. Equal content is kept once. */
export class LocalObjects implements ObjectProvider {
  constructor(private readonly deps: LocalObjectsDeps) {}

  head(owner: Owner, path: string): Promise<ObjectHead | undefined> {
    const row = findObject(this.deps.db.reader, owner, path);
    return Promise.resolve(row && headOf(row));
  }

  open(_owner: Owner, head: ObjectHead, range: Range): Promise<ReadableStream<Uint8Array>> {
    return Promise.resolve(this.deps.vfs.stream(head.etag, range));
  }

  async put(owner: Owner, input: ObjectInput, upload: Upload): Promise<ObjectHead> {
    const { cid, size } = await this.deps.vfs.store(upload.body, upload);
    return await this.deps.db.write(putObject, { ...this.#common(owner), input, cid, size });
  }

  delete(owner: Owner, path: string): Promise<boolean> {
    return this.deps.db.write(deleteObject, { owner, path, at: this.deps.clock() });
  }

  async list(owner: Owner, prefix: string, options: ListOptions): Promise<ObjectPage> {
    const { cursor, ...rest } = options;
    const page = await this.deps.db.query(listObjects, {
      owner,
      prefix,
      ...rest,
      after: cursor === undefined ? undefined : fromCursor(cursor),
    });
    const { items, folders } = page;
    return { items, folders, ...("last" in page ? { cursor: toCursor(page.last!) } : {}) };
  }

  copy(owner: Owner, from: string, to: string): Promise<ObjectHead | undefined> {
    return this.deps.db.write(copyObject, { ...this.#common(owner), from, to });
  }

  async everything(appId: string, cursor: string | undefined): Promise<EverythingPage> {
    const [userId = "", path = ""] = cursor === undefined ? [] : fromCursor(cursor).split("\n");
    const rows = await this.deps.db.query(listEverything, { appId, userId, path });
    const last = rows.at(-1);
    return {
      items: rows.map((row) => ({ owner: { appId, userId: row.user_id }, path: row.path })),
      ...(last === undefined ? {} : { cursor: toCursor(`${last.user_id}\n${last.path}`) }),
    };
  }

  #common(owner: Owner) {
    const { limits, clock } = this.deps;
    return { owner, at: clock(), appGb: limits.of(owner.appId, "storage.s3.appGb") };
  }
}

const toCursor = (path: string) =>
  new TextEncoder().encode(path).toBase64({ alphabet: "base64url", omitPadding: true });

function fromCursor(cursor: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.fromBase64(cursor, { alphabet: "base64url" }),
    );
  } catch {
    throw new FaztError("INVALID", "Cannot go on listing: the cursor is not one of this listing");
  }
}
