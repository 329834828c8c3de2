import type { Database } from "../../db/mod.ts";
import { vfsPath } from "../../fs/mod.ts";
import type { Clock } from "../../lib/clock.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import type { Secrets } from "../../secrets/mod.ts";
import { S3Client, type S3Options } from "./external/mod.ts";
import { dropProvider, type ProviderRow, putProvider } from "./provider_operations.ts";

/** A bucket elsewhere that apps may keep objects in, without its key. */
export interface ProviderInfo {
  readonly name: string;
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly pathStyle: boolean;
  /** Unix ms. */
  readonly createdAt: number;
}

/** What {@link Providers} work with. */
export interface ProvidersDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly secrets: () => Secrets;
}

/** Stands where the id of an app stands with other secrets: no app has it, so none can name them. */
const SECRET_OWNER = "storage";
const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const PLACE = /^external:s3:\/\/([^/]+)(?:\/(.*))?$/;

/** The buckets the owner named. Their keys are secrets of the node's own. */
export class Providers {
  constructor(private readonly deps: ProvidersDeps) {}

  /**
   * Names a bucket, after asking it for something with this key.
   * @throws {FaztError} `INVALID`, `CONFLICT`, `S3_ERROR`, `SECRETS_LOCKED`
   */
  async add(
    info: Omit<ProviderInfo, "createdAt">,
    { secretAccessKey, userId }: { readonly secretAccessKey: string; readonly userId: string },
  ): Promise<ProviderInfo> {
    const { db, clock, secrets } = this.deps;
    if (!NAME.test(info.name)) {
      throw new FaztError("INVALID", "Cannot add this provider: its name is not one", {
        hint: "lower-case letters, digits and -, such as my-bucket",
      });
    }
    await new S3Client({ ...info, secretAccessKey }).list("", { limit: 1 });
    await secrets().set({
      appId: SECRET_OWNER,
      name: info.name,
      value: secretAccessKey,
      hosts: [new URL(info.endpoint).hostname.replace(/^\[|\]$/g, "")],
      userId,
    });
    const row: ProviderRow = {
      name: info.name,
      endpoint: info.endpoint,
      region: info.region,
      bucket: info.bucket,
      access_key_id: info.accessKeyId,
      path_style: info.pathStyle ? 1 : 0,
      user_id: userId,
      created_at: clock(),
    };
    await db.write(putProvider, row);
    return infoOf(row);
  }

  list(): ProviderInfo[] {
    return this.deps.db.reader.all<ProviderRow>("SELECT * FROM storage_providers ORDER BY name")
      .map(infoOf);
  }

  /** Forgets a bucket and its key; what is in it stays. Tells whether there was one. */
  async remove(name: string): Promise<boolean> {
    const gone = await this.deps.db.write(dropProvider, { name });
    if (gone) await this.deps.secrets().remove({ appId: SECRET_OWNER, name });
    return gone;
  }

  /**
   * How to reach a place such as `external:s3://bucket/prefix`. Only buckets that the owner named:
   * what an app writes into its manifest gives it no key.
   * @throws {FaztError} `NO_PROVIDER`, `PATH_INVALID` for a prefix that could lead elsewhere
   */
  resolve(place: string): S3Options {
    const [, bucket, prefix = ""] = PLACE.exec(place) ?? [];
    if (prefix !== "") vfsPath(prefix.replace(/\/$/, ""));
    const row = bucket === undefined ? undefined : this.deps.db.reader.get<ProviderRow>(
      "SELECT * FROM storage_providers WHERE bucket = ?",
      bucket,
    );
    const secret = row && this.deps.secrets().reveal(SECRET_OWNER, row.name);
    if (row === undefined || secret === undefined) {
      throw new FaztError("NO_PROVIDER", `Cannot use ${place}: this node has no key to it`, {
        hint: `fazt storage provider add NAME --bucket ${bucket ?? "BUCKET"} --endpoint URL …`,
        status: 409,
      });
    }
    return { ...infoOf(row), prefix, secretAccessKey: secret.value };
  }
}

const infoOf = (row: ProviderRow): ProviderInfo => ({
  name: row.name,
  endpoint: row.endpoint,
  region: row.region,
  bucket: row.bucket,
  accessKeyId: row.access_key_id,
  pathStyle: row.path_style === 1,
  createdAt: row.created_at,
});
